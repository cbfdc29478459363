// Findings of the open step: new, removed, numbered; which one new marks go to.
import { gettext, ngettext } from "../words.js";

const SHOWN = 24; // characters of a marked text in its chip
const SHAPES = { box: gettext("box"), polygon: gettext("polygon") };

export class Findings {
  constructor(form, draft, steps) {
    Object.assign(this, { form, draft, steps });
    this.template = document.getElementById("finding-template");
    this.active = null;
    form.addEventListener("focusin", (event) => {
      this.active = event.target.closest("[data-finding]")?.dataset.finding ?? this.active;
    });
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      const id = button?.closest("[data-finding]")?.dataset.finding;
      if (button?.matches("[data-remove-finding]")) this.remove(id);
      if (button?.matches("[data-remove-mark]")) this.removeMark(id, Number(button.dataset.removeMark));
    });
    draft.addEventListener("change", ({ detail: { path } }) => {
      if (path.endsWith(".marks") || (path.startsWith("findings.") && path.endsWith(".step"))) this.show();
    });
    this.show();
  }

  add() {
    if (!this.steps.number) return null;
    const random = [...crypto.getRandomValues(new Uint8Array(3))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const id = `${Date.now().toString(16).padStart(12, "0")}-${random}`;
    if (!this.draft.get(`${this.steps.path}.verdict`)) this.draft.set(`${this.steps.path}.verdict`, "incorrect");
    if (!this.draft.get(`${this.steps.path}.origin_unknown`)) this.draft.set(`${this.steps.path}.own_error`, true);
    this.draft.set(`findings.${id}.step`, this.steps.number);
    this.active = id;
    return id;
  }

  // The finding that a new mark belongs to: the one last worked on, else the step's last, else a new one.
  target() {
    const here = this.draft.findingsOf(this.steps.number);
    return (here.find((finding) => finding.id === this.active) ?? here.at(-1))?.id ?? this.add();
  }

  addMark(mark, id = this.target()) {
    if (!id) return;
    this.draft.set(`findings.${id}.marks`, [...(this.draft.get(`findings.${id}.marks`) ?? []), mark]);
  }

  removeMark(id, index) {
    const marks = (this.draft.get(`findings.${id}.marks`) ?? []).filter((_, at) => at !== index);
    this.draft.set(`findings.${id}.marks`, marks.length ? marks : null);
    this.focus(id);
  }

  remove(id) {
    this.draft.set(`findings.${id}.step`, null);
    if (this.active === id) this.active = null;
    if (!this.draft.findingsOf(this.steps.number).length && this.draft.get(`${this.steps.path}.own_error`)) {
      this.draft.set(`${this.steps.path}.own_error`, null);
    }
    this.steps.current.focus({ preventScroll: true });
  }

  focus(id, selector = "select") {
    this.form.querySelector(`[data-finding="${id}"] ${selector}`)?.focus();
  }

  // Elements follow the draft: made, removed, numbered, with their marks listed.
  show() {
    for (let step = 1; step <= this.draft.stepCount; step += 1) {
      const place = this.steps.item(step).querySelector("[data-findings]");
      const findings = this.draft.findingsOf(step);
      for (const element of place.querySelectorAll("[data-finding]")) {
        if (!findings.some(({ id }) => id === element.dataset.finding)) element.remove();
      }
      for (const finding of findings) this.number(place.querySelector(`[data-finding="${finding.id}"]`) ?? this.make(place, finding.id, step), finding, step);
    }
  }

  make(place, id, step) {
    const element = this.template.content.firstElementChild.cloneNode(true);
    for (const part of [element, ...element.querySelectorAll("*")]) {
      for (const { name, value } of [...part.attributes]) {
        if (["name", "id", "for", "data-finding"].includes(name)) part.setAttribute(name, value.replace(/\bID\b/, id));
      }
    }
    place.append(element);
    for (const control of element.querySelectorAll("[name]")) control.value = this.draft.get(control.name) ?? "";
    element.querySelector('[name$=".step"]').value = step;
    return element;
  }

  number(element, { id, number, slot, marks }, step) {
    element.className = `finding mark-${slot}`;
    element.dataset.mark = number;
    element.setAttribute("aria-label", gettext("Finding %(number)s", { number }));
    element.querySelector("[data-number]").textContent = number;
    element.querySelector("[data-remove-finding]").setAttribute("aria-label", gettext("Remove finding %(number)s", { number }));
    const spans = marks.filter((mark) => mark.kind === "span").length;
    const regions = marks.length - spans;
    const told = [
      spans && ngettext("%(count)s span", "%(count)s spans", spans, { count: spans }),
      regions && ngettext("%(count)s region", "%(count)s regions", regions, { count: regions }),
    ].filter(Boolean);
    element.querySelector("[data-marks-told]").textContent = told.join(", ");
    element.querySelector("[data-marks-list]").replaceChildren(...marks.map((mark, index) => this.chip(mark, index, step)));
  }

  chip(mark, index, step) {
    const text = mark.kind === "span"
      ? [...this.draft.state.texts[step - 1]].slice(mark.start, mark.end).join("")
      : gettext("image %(number)s, %(shape)s", { number: mark.image, shape: SHAPES[mark.shape] });
    const shown = [...text].length > SHOWN ? `${[...text].slice(0, SHOWN).join("")}…` : text;
    const item = document.createElement("li");
    item.className = "chip";
    const label = document.createElement("span");
    label.textContent = mark.kind === "span" ? `“${shown}”` : `▢ ${shown}`;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: "✕" });
    button.dataset.removeMark = index;
    button.setAttribute("aria-label", gettext("Remove the mark %(mark)s", { mark: shown }));
    item.append(label, button);
    return item;
  }
}
