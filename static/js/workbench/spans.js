// Marking text: what is selected with the mouse, or walked by keys; and the spans that are there, moved by either end.
import { paint } from "./paint.js";
import { say } from "./said.js";
import { SpanCursor } from "./span_cursor.js";
import { StepText } from "./step_text.js";

const WAYS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 5, ArrowUp: -5, Home: -Infinity, End: Infinity };

export class Spans {
  constructor(draft, steps, findings) {
    Object.assign(this, { draft, steps, findings, cursor: null, edited: null });
    this.texts = steps.items.slice(0, -1).map((item) => new StepText(item.querySelector(".step-text")));
    draft.addEventListener("change", ({ detail: { path } }) => {
      if (/^findings\..*\.(marks|step)$/.test(path)) this.paintAll();
    });
    steps.addEventListener("add", ({ detail: { item } }) => this.texts.push(new StepText(item.querySelector(".step-text"))));
    steps.addEventListener("open", () => this.end());
    steps.form.addEventListener("pointerdown", (event) => this.grab(event));
    steps.form.addEventListener("click", (event) => this.pick(event));
    this.paintAll();
  }

  get text() {
    return this.texts[this.steps.number - 1];
  }

  paintAll() {
    this.texts.forEach((text, index) => {
      const fresh = this.cursor && index === this.steps.number - 1 ? this.cursor.span : null;
      const marks = this.marksOf(index + 1).filter(({ id, at }) => !(fresh && this.edited?.id === id && this.edited.at === at));
      if (fresh) marks.push({ ...fresh, number: this.edited?.number ?? null, slot: this.edited?.slot ?? null, isFresh: true });
      const painted = JSON.stringify(marks);
      if (text.painted !== painted) paint(text, marks);
      text.painted = painted;
    });
  }

  marksOf(step) {
    return this.draft.findingsOf(step).flatMap(({ id, number, slot, marks }) => marks
      .map((mark, at) => ({ ...mark, id, number, slot, at })).filter((mark) => mark.kind === "span")
      .map(({ start, end, ...rest }) => ({ id: rest.id, number: rest.number, slot: rest.slot, at: rest.at, start, end })));
  }

  // Marks the selection; with `id` for that finding. False where nothing is selected.
  mark(id) {
    const span = this.text?.selected();
    if (!span) return false;
    getSelection().removeAllRanges();
    this.findings.addMark({ kind: "span", ...span }, id);
    return true;
  }

  // From here on keys move through the text, until Enter or Escape.
  begin() {
    if (!this.text?.words().length) return;
    const selected = this.text.selected();
    this.end();
    this.cursor = new SpanCursor({ words: this.text.words(), units: this.text.units() });
    if (selected) this.cursor.take(selected);
    getSelection().removeAllRanges();
    this.show();
  }

  // A span that is there: its ends move.
  edit(id, at) {
    const found = this.marksOf(this.steps.number).find((mark) => mark.id === id && mark.at === at);
    if (!found) return;
    this.end();
    this.edited = found;
    this.cursor = new SpanCursor({ words: this.text.words(), units: this.text.units() });
    this.cursor.take(this.text.snapped(found));
    this.show();
  }

  show() {
    this.paintAll();
    const { start, end } = this.cursor.span;
    say(this.text.slice(start, end));
    this.text.element.querySelector(".mark-fresh")?.scrollIntoView({ block: "nearest" });
  }

  end() {
    if (!this.cursor) return;
    this.cursor = null;
    this.edited = null;
    this.paintAll();
  }

  keep() {
    const { cursor: { span }, edited } = this;
    this.end();
    if (edited) this.findings.changeMark(edited.id, edited.at, { kind: "span", ...span });
    else this.findings.addMark({ kind: "span", ...span });
  }

  // Whether the key was for the cursor. One that is not for a span under change ends the change, and acts.
  key(event) {
    if (!this.cursor) return false;
    const { key } = event;
    const fine = event.altKey;
    let by = WAYS[key];
    if (by !== undefined) {
      if (/^Arrow(Left|Right)$/.test(key) && this.text.isRightToLeft) by = -by; // as they are seen
      if (event.shiftKey) this.cursor.extend(by, { fine });
      else this.cursor.move(by, { fine });
    } else if (key === "Tab") this.cursor.swap();
    else if (key === "Enter") return this.done(() => this.keep());
    else if (key === "Escape") return this.done(() => this.end());
    else if (this.edited && (key === "Delete" || key === "Backspace")) {
      const { id, at } = this.edited;
      return this.done(() => { this.end(); this.findings.removeMark(id, at); });
    } else if (this.edited && key.length === 1) {
      this.keep();
      return false;
    } else if (key.length === 1) this.cursor.seek(key, ({ start, end }) => this.text.slice(start, end));
    else return false;
    this.show();
    return true;
  }

  done(action) {
    action();
    this.steps.current.focus({ preventScroll: true });
    return true;
  }

  // A click on a mark of the open step: its ends can be moved.
  pick(event) {
    const mark = event.target.closest(".step.open mark");
    if (!mark || !getSelection().isCollapsed || mark.classList.contains("mark-fresh")) return;
    const at = this.text.at(event);
    const under = this.marksOf(this.steps.number).filter(({ start, end }) => start <= at && at < end);
    const smallest = under.sort((one, other) => (one.end - one.start) - (other.end - other.start))[0]
      ?? this.marksOf(this.steps.number).find(({ number }) => String(number) === mark.dataset.mark);
    if (smallest) this.edit(smallest.id, smallest.at);
  }

  // The handle at an end of the span under change is dragged.
  grab(event) {
    const edge = event.target.closest("[data-edge]")?.dataset.edge;
    if (!edge || !this.cursor) return;
    event.preventDefault();
    const { start, end } = this.cursor.span;
    const other = edge === "start" ? end : start;
    const move = (moved) => {
      moved.preventDefault();
      const to = this.text.at(moved);
      if (to === null || to === other) return;
      this.cursor.take(this.text.snapped({ start: Math.min(to, other), end: Math.max(to, other) }));
      this.show();
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", () => {
      document.removeEventListener("pointermove", move);
      if (!this.edited) return;
      const { id, at } = this.edited;
      this.findings.changeMark(id, at, { kind: "span", ...this.cursor.span });
    }, { once: true });
  }
}
