// Marking text: what is selected with the mouse, or word by word from the keyboard.
import { paint } from "./paint.js";
import { StepText } from "./step_text.js";

export class Spans {
  constructor(draft, steps, findings) {
    Object.assign(this, { draft, steps, findings, cursor: null });
    this.texts = steps.items.slice(0, -1).map((item) => new StepText(item.querySelector(".step-text")));
    draft.addEventListener("change", ({ detail: { path } }) => {
      if (/^findings\..*\.(marks|step)$/.test(path)) this.paintAll();
    });
    steps.addEventListener("add", ({ detail: { item } }) => this.texts.push(new StepText(item.querySelector(".step-text"))));
    steps.addEventListener("open", () => { this.cursor = null; });
    this.paintAll();
  }

  get text() {
    return this.texts[this.steps.number - 1];
  }

  paintAll() {
    this.texts.forEach((text, index) => {
      const marks = this.draft.findingsOf(index + 1).flatMap(({ number, slot, marks: own }) => own
        .filter((mark) => mark.kind === "span").map(({ start, end }) => ({ number, slot, start, end })));
      const painted = JSON.stringify(marks);
      if (text.painted !== painted) paint(text, marks);
      text.painted = painted;
    });
  }

  // Marks the selection; with `id` for that finding. False where nothing is selected.
  mark(id) {
    const span = this.text?.selected();
    if (!span) return false;
    getSelection().removeAllRanges();
    this.findings.addMark({ kind: "span", ...span }, id);
    return true;
  }

  // From here on arrows move word by word, until Enter or Escape.
  begin() {
    if (!this.text?.words().length) return;
    this.cursor = { first: 0, last: 0 };
    this.select();
  }

  select() {
    const words = this.text.words();
    const [first, last] = [this.cursor.first, this.cursor.last].sort((a, b) => a - b);
    this.text.select({ start: words[first].start, end: words[last].end });
  }

  // Whether the key was for the word cursor.
  key(event) {
    if (!this.cursor) return false;
    const most = this.text.words().length - 1;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 5, ArrowUp: -5, Home: -Infinity, End: Infinity }[event.key];
    if (by !== undefined) {
      this.cursor.last = Math.max(0, Math.min(most, this.cursor.last + by));
      if (!event.shiftKey) this.cursor.first = this.cursor.last;
      this.select();
    } else if (event.key === "Enter") {
      this.cursor = null;
      this.mark();
    } else if (event.key === "Escape") {
      this.cursor = null;
      getSelection().removeAllRanges();
    } else return false;
    return true;
  }
}
