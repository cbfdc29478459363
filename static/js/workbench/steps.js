// One step open at a time; done ones say their verdict in a line. The answer is the last of them, under the name "answer".
import { gettext } from "../words.js";

const LABELS = {
  correct: gettext("Correct"), neutral: gettext("Neutral"), incorrect: gettext("Incorrect"), unsure: gettext("Unsure"),
  unlabelled: gettext("Unlabelled"),
};

export class Steps extends EventTarget {
  constructor(form, draft) {
    super();
    this.form = form;
    this.draft = draft;
    this.items = [...form.querySelectorAll("[data-step]")];
    this.hints = form.querySelector(".hints");
    this.current = this.items.find((item) => item.classList.contains("open")) ?? this.items[0];
    form.querySelector("[data-steps]").addEventListener("click", (event) => {
      const item = event.target.closest("[data-step]");
      if (item && item !== this.current && getSelection().isCollapsed) this.open(item);
    });
    form.addEventListener("focusin", (event) => {
      const item = event.target.closest("[data-step]");
      if (item && item !== this.current) this.open(item, { focus: false });
    });
    draft.addEventListener("change", () => this.show());
    this.open(this.current, { scroll: false });
  }

  // The open step's number; 0 is the answer.
  get number() {
    return Number(this.current.dataset.step) || 0;
  }

  get path() {
    return this.number ? `steps.${this.number}` : "answer";
  }

  item(number) {
    return this.items[number ? number - 1 : this.items.length - 1];
  }

  // A step that was shown only now: it goes before the answer.
  add(item, text) {
    this.items.at(-1).before(item);
    this.items.splice(-1, 0, item);
    this.draft.state.texts.push(text);
    this.dispatchEvent(new CustomEvent("add", { detail: { item } }));
    this.show();
  }

  open(item, { focus = true, scroll = true } = {}) {
    const before = this.current;
    this.current = item;
    item.querySelector(".judge").append(this.hints);
    this.show();
    if (focus) item.focus({ preventScroll: true });
    if (scroll) item.scrollIntoView({ block: "nearest" });
    this.dispatchEvent(new CustomEvent("open", { detail: { before: Number(before.dataset.step) || 0 } }));
  }

  move(by) {
    const index = this.items.indexOf(this.current) + by;
    if (index >= 0 && index < this.items.length && !this.items[index].hidden) this.open(this.items[index]);
  }

  verdict(number) {
    return this.draft.get(number ? `steps.${number}.verdict` : "answer.verdict");
  }

  // Those that a chain shown step by step has not come to yet.
  get hiddenSteps() {
    const { stepCount, state } = this.draft;
    return Array.from({ length: state.step_count - stepCount }, (_, index) => stepCount + index + 1);
  }

  // With a verdict, or left without one on purpose.
  isSettled(number) {
    return Boolean(this.verdict(number)) || this.isLeft(number);
  }

  isLeft(number) {
    return number > 0 && !this.verdict(number) && this.draft.get(`steps.${number}.state`) === "unlabelled";
  }

  // By the project's rule, whether a step may be left without a verdict.
  mayLeave(number) {
    const rule = this.draft.state.unlabelled_steps;
    const earlier = Array.from({ length: number - 1 }, (_, index) => index + 1);
    return rule === "always" || (rule === "after_error" && earlier.some((step) => this.verdict(step) === "incorrect"));
  }

  // The earliest step with an error of its own; one whose origin nobody told counts as such (core/critique_facts.py).
  firstError() {
    for (let number = 1; number <= this.draft.stepCount; number += 1) if (this.mayHaveOwnError(number)) return number;
    return null;
  }

  mayHaveOwnError(number) {
    if (this.verdict(number) !== "incorrect") return false;
    const [own, inherits, unknown] = ["own_error", "inherits_from", "origin_unknown"].map((name) => this.draft.get(`steps.${number}.${name}`));
    return own === true || (own === null && !unknown && this.draft.findingsOf(number).length > 0) || (own !== false && !inherits?.length);
  }

  show() {
    const first = this.firstError();
    for (const item of this.items) {
      const number = Number(item.dataset.step) || 0;
      const verdict = this.verdict(number);
      const isSettled = this.isSettled(number);
      const isOpen = item === this.current;
      item.classList.toggle("open", isOpen);
      item.classList.toggle("done", !isOpen && isSettled);
      item.classList.toggle("later", !isOpen && !isSettled);
      item.toggleAttribute("aria-current", isOpen);
      if (isOpen) item.setAttribute("aria-current", "step");
      item.dataset.verdict = verdict ?? "";
      const says = item.querySelector("[data-says]");
      const said = this.isLeft(number) ? "unlabelled" : verdict;
      says.dataset.verdict = said ?? "";
      says.textContent = LABELS[said] ?? "";
      if (!number) continue;
      item.classList.toggle("may-leave", this.mayLeave(number));
      item.querySelector("[data-first-error]").hidden = number !== first;
      const inherits = verdict === "incorrect" ? this.draft.get(`steps.${number}.inherits_from`) ?? [] : [];
      item.querySelector("[data-inherits]").textContent = inherits.length ? gettext("from %(steps)s", { steps: inherits.join(", ") }) : "";
    }
    const shown = this.items.filter((item) => !this.isSettled(Number(item.dataset.step) || 0)).length;
    const left = shown + this.hiddenSteps.filter((number) => !this.isSettled(number)).length;
    this.form.querySelector("[data-left]").textContent = left ? gettext("%(left)s to judge", { left }) : "";
    this.form.querySelector("[data-where]").textContent = this.number
      ? gettext("Step %(number)s of %(count)s", { number: this.number, count: this.draft.state.step_count }) : gettext("The answer");
  }
}
