// What is selected when a text is walked by keys: an anchor that stays and a head that moves, by words or by single
// characters (graphemes; a formula is one). Positions are code points of the step's source.
export class SpanCursor {
  constructor({ words, units }) {
    Object.assign(this, { words, units });
    this.put(words[0]);
  }

  get span() {
    const [first, last] = this.anchor;
    if (this.head >= last) return { start: first, end: this.head };
    return { start: Math.min(first, this.head), end: last };
  }

  // On one word or character.
  put({ start, end }) {
    this.anchor = [start, end];
    this.head = end;
  }

  // On a span that is there already: its end moves first.
  take({ start, end }) {
    this.anchor = [start, start];
    this.head = end;
  }

  // The other end moves from now on.
  swap() {
    const { start, end } = this.span;
    const atEnd = this.head === end;
    this.anchor = atEnd ? [end, end] : [start, start];
    this.head = atEnd ? start : end;
  }

  move(by, { fine = false } = {}) {
    const parts = fine ? this.units : this.words;
    const { start, end } = this.span;
    const here = by > 0 ? parts.findLastIndex((part) => part.start < end) : parts.findIndex((part) => part.end > start);
    this.put(parts[Math.max(0, Math.min(parts.length - 1, here + by))]);
  }

  extend(by, { fine = false } = {}) {
    if (fine) this.loosen();
    const parts = fine ? this.units : this.words;
    for (let left = Math.min(Math.abs(by), parts.length); left > 0; left -= 1) {
      if (by > 0) this.forward(parts);
      else this.back(parts);
    }
  }

  // The first word is no longer held together: single characters of it may go.
  loosen() {
    const { start, end } = this.span;
    this.anchor = this.head === start && start < this.anchor[0] ? [end, end] : [start, start];
  }

  forward(parts) {
    const [first, last] = this.anchor;
    if (this.head < first) {
      const next = parts.find((part) => part.start > this.head)?.start ?? first;
      if (next < first) this.head = next;
      else if (first < last) this.head = last;
      return;
    }
    this.head = parts.find((part) => part.end > this.head)?.end ?? this.head;
  }

  back(parts) {
    const [first, last] = this.anchor;
    if (this.head > last) {
      const before = parts.findLast((part) => part.end < this.head)?.end ?? last;
      if (before > last) this.head = before;
      else if (first < last) this.head = last;
      return;
    }
    const from = this.head === last ? first : this.head;
    if (first === last && this.head === last) return;
    this.head = parts.findLast((part) => part.start < from)?.start ?? from;
  }

  // To the next word that begins with this character, from the top again after the last.
  seek(character, textOf) {
    const wanted = character.toLocaleLowerCase();
    const begins = (word) => textOf(word).toLocaleLowerCase().startsWith(wanted);
    const { start } = this.span;
    const found = this.words.find((word) => word.start > start && begins(word)) ?? this.words.find(begins);
    if (found) this.put(found);
  }
}
