// Undo and redo over verdicts, marks and text of one item; they outlive a reload. An undo is an ordinary edit: the server
// needs to know nothing of it. What was changed by one key is one step back; typing into one field is merged until it
// pauses. Where another tab has written since, its value stays.
import { gettext } from "../words.js";
import { same } from "./draft.js";
import { toast } from "./toast.js";
import { stepOf } from "./saved_state.js";

const PAUSE = 1200; // milliseconds: typing after a longer pause is a change of its own
const MOST = 300; // changes kept
const WRITE_AFTER = 250; // milliseconds
const NOT_BY_HAND = /\.(seconds|steps_seen)$/;

export class History {
  constructor(form, draft, steps, journal, signal) {
    Object.assign(this, { form, draft, steps, journal, undone: [], done: [], open: null, isReplaying: false });
    draft.addEventListener("edit", ({ detail }) => this.note(detail));
    form.addEventListener("beforeinput", (event) => {
      const by = { historyUndo: "undo", historyRedo: "redo" }[event.inputType];
      if (!by) return;
      event.preventDefault();
      this[by]();
    });
    signal.addEventListener("abort", () => clearTimeout(this.timer));
    this.ready = this.read();
  }

  async read() {
    const kept = await this.journal.readHistory();
    if (!kept) return;
    this.done = [...kept.undo, ...this.done];
    if (!this.undone.length) this.undone = kept.redo;
  }

  note({ path, value, before }) {
    if (this.isReplaying || NOT_BY_HAND.test(path)) return;
    const now = Date.now();
    const last = this.done.at(-1);
    this.undone = [];
    if (this.open) this.extend(this.open, { path, before, after: value });
    else if (last?.typed === path && now - last.at < PAUSE && typeof value === "string" && value !== "") this.extend(last, { path, before, after: value });
    else {
      this.open = { changes: [{ path, before, after: value }], typed: this.isTyped(path) ? path : null };
      this.done.push(this.open);
      if (this.done.length > MOST) this.done.shift();
      queueMicrotask(() => { this.open = null; }); // all that one key or click brings about; a timer comes after fast keys
    }
    this.done.at(-1).at = now;
    this.keep();
  }

  extend(group, { path, before, after }) {
    const known = group.changes.find((change) => change.path === path);
    if (known) known.after = after;
    else group.changes.push({ path, before, after });
    if (group.changes.length > 1) group.typed = null;
  }

  isTyped(path) {
    return Boolean(this.form.querySelector(`textarea[name="${CSS.escape(path)}"]`)?.matches(":focus"));
  }

  undo() {
    this.turn(this.done, this.undone, "before");
  }

  redo() {
    this.turn(this.undone, this.done, "after");
  }

  turn(from, to, side) {
    const group = from.pop();
    if (!group) {
      toast(side === "before" ? gettext("Nothing to undo.") : gettext("Nothing to redo."));
      return;
    }
    this.open = null;
    const other = side === "before" ? "after" : "before";
    const changes = side === "before" ? [...group.changes].reverse() : group.changes;
    const valid = changes.filter((change) => same(this.draft.get(change.path), change[other]));
    this.isReplaying = true;
    for (const change of valid) this.draft.set(change.path, change[side]);
    this.isReplaying = false;
    if (valid.length) to.push({ ...group, typed: null });
    if (valid.length < changes.length) toast(gettext("Something of this was changed elsewhere since; that stays as it is."));
    if (valid.length) this.reveal(valid[0], side, other);
    this.keep();
  }

  // Where it happened is opened, with the cursor behind what has changed.
  reveal({ path, ...values }, side, other) {
    const step = stepOf(path, this.draft);
    const item = step === null ? null : this.steps.item(step);
    if (item && item !== this.steps.current) this.steps.open(item);
    const control = this.form.querySelector(`textarea[name="${CSS.escape(path)}"]`);
    if (!control) return;
    control.focus();
    const [shown, hidden] = [values[side] ?? "", values[other] ?? ""];
    let tail = 0;
    while (tail < shown.length && tail < hidden.length && shown.at(-1 - tail) === hidden.at(-1 - tail)) tail += 1;
    control.setSelectionRange(shown.length - tail, shown.length - tail);
  }

  keep() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.journal.writeHistory({ undo: this.done, redo: this.undone }), WRITE_AFTER);
  }
}
