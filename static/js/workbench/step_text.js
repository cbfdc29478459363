// A step's text in the page and its source, in code points. The contract is told in annotations/web/step_text.py: runs
// and atoms cover the source; marks wrap them and are drawn anew here whenever they change.
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

export class StepText {
  constructor(element) {
    this.element = element; // .step-text
    this.length = Number(element.dataset.length);
    this.parts = [];
    for (const part of this.pieces()) {
      const start = Number(part.dataset.start);
      const last = this.parts.at(-1);
      if (part.className === "atom") this.parts.push({ start, end: Number(part.dataset.end), atom: part.cloneNode(true) });
      else if (last?.characters) {
        last.characters.push(...part.textContent);
        last.end = last.start + last.characters.length;
      } else this.parts.push({ start, end: start + [...part.textContent].length, characters: [...part.textContent] });
    }
  }

  pieces() {
    return [...this.element.querySelectorAll(".run, .atom")];
  }

  // Code points before a point of the DOM, which may lie anywhere in the document.
  offsetOf(node, offset, isEnd) {
    const point = document.createRange();
    point.setStart(node, offset);
    for (const piece of this.pieces()) {
      const start = Number(piece.dataset.start);
      if (piece.contains(node)) {
        if (piece.className === "atom") return Number(isEnd ? piece.dataset.end : piece.dataset.start);
        if (node.nodeType === Node.TEXT_NODE) return start + [...node.data.slice(0, offset)].length;
        return start + (offset ? [...piece.textContent].length : 0);
      }
      if (point.comparePoint(piece, 0) >= 0) return start;
    }
    return this.length;
  }

  // The person's selection as a span that cuts no grapheme and no formula; null where nothing of this text is selected.
  selected() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!range.intersectsNode(this.element)) return null;
    const start = this.offsetOf(range.startContainer, range.startOffset, false);
    const end = this.offsetOf(range.endContainer, range.endOffset, true);
    return end > start ? this.snapped(this.trimmed(start, end)) : null;
  }

  trimmed(from, to) {
    const characters = this.parts.flatMap(({ characters, start, end }) => characters ?? Array(end - start).fill("x"));
    let [start, end] = [from, to];
    while (start < end - 1 && /\s/u.test(characters[start])) start += 1;
    while (end > start + 1 && /\s/u.test(characters[end - 1])) end -= 1;
    return { start, end };
  }

  snapped({ start: from, end: to }) {
    let [start, end] = [from, to];
    for (const part of this.parts) {
      const edges = part.atom ? [part.start, part.end] : this.edges(part);
      if (part.start < from && from < part.end) start = Math.max(...edges.filter((edge) => edge <= from));
      if (part.start < to && to < part.end) end = Math.min(...edges.filter((edge) => edge >= to));
    }
    return { start, end };
  }

  edges({ characters, start, end }) {
    let position = start;
    const found = [...graphemes.segment(characters.join(""))].map(({ segment }) => {
      const here = position;
      position += [...segment].length;
      return here;
    });
    return [...found, end];
  }

  // Ranges of the words, formulas whole, for marking word by word.
  words() {
    return this.parts.flatMap((part) => {
      if (part.atom) return [{ start: part.start, end: part.end }];
      let position = part.start;
      return [...segmenter.segment(part.characters.join(""))].map(({ segment }) => {
        const start = position;
        position += [...segment].length;
        return { start, end: position, blank: !segment.trim() };
      }).filter(({ blank }) => !blank);
    });
  }

  // What moves by itself when a span is made character by character: graphemes, and formulas whole.
  units() {
    return this.parts.flatMap((part) => {
      if (part.atom) return [{ start: part.start, end: part.end }];
      const edges = this.edges(part);
      return edges.slice(1).map((end, index) => ({ start: edges[index], end }));
    });
  }

  // The source between two positions; of a formula what is seen.
  slice(start, end) {
    return this.parts.filter((part) => part.start < end && start < part.end).map((part) => (part.characters
      ? part.characters.slice(Math.max(0, start - part.start), end - part.start).join("") : part.atom.textContent)).join("");
  }

  get isRightToLeft() {
    return getComputedStyle(this.element).direction === "rtl";
  }

  // The position under the pointer, null where it is over no text of this step.
  at({ clientX, clientY }) {
    const point = caret(clientX, clientY);
    return point && this.element.contains(point.node) ? this.offsetOf(point.node, point.offset, false) : null;
  }

  select({ start, end }) {
    const range = document.createRange();
    for (const piece of this.pieces()) {
      const first = Number(piece.dataset.start);
      const characters = piece.className === "atom" ? null : [...piece.textContent];
      const last = characters ? first + characters.length : Number(piece.dataset.end);
      const units = (position) => characters.slice(0, position - first).join("").length;
      if (first <= start && start < last) characters ? range.setStart(piece.firstChild, units(start)) : range.setStartBefore(piece);
      if (first < end && end <= last) characters ? range.setEnd(piece.firstChild, units(end)) : range.setEndAfter(piece);
    }
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }
}

function caret(x, y) {
  if (document.caretPositionFromPoint) {
    const found = document.caretPositionFromPoint(x, y);
    return found && { node: found.offsetNode, offset: found.offset };
  }
  const range = document.caretRangeFromPoint(x, y);
  return range && { node: range.startContainer, offset: range.startOffset };
}
