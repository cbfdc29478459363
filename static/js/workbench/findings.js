// Findings of the open step: new, removed, numbered; which one new marks go to.
import { gettext } from "../words.js";

const SHAPES = { box: gettext("box"), polygon: gettext("polygon") };
const SHOWN = 24; // characters of a marked text in its chip

export class Findings extends EventTarget {
  constructor(form, draft, steps) {
    super();
    Object.assign(this, { form, draft, steps });
    this.template = document.getElementById("finding-template");
    this.words = new Map(draft.state.types.flatMap(([label, codes]) => codes
      .map(([code, words]) => [code, code.includes("/") ? `${label} · ${words.toLowerCase()}` : words])));
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
      if (path.startsWith("findings.") && /\.(marks|step|error_type)$/.test(path)) this.show();
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
    const before = this.draft.get(`findings.${id}.marks`) ?? [];
    this.draft.set(`findings.${id}.marks`, [...before, mark]);
    this.dispatchEvent(new CustomEvent("mark", { detail: { id, index: before.length } }));
  }

  changeMark(id, index, mark) {
    this.draft.set(`findings.${id}.marks`, this.draft.get(`findings.${id}.marks`).map((before, at) => (at === index ? mark : before)));
  }

  removeMark(id, index) {
    const marks = (this.draft.get(`findings.${id}.marks`) ?? []).filter((_, at) => at !== index);
    this.draft.set(`findings.${id}.marks`, marks.length ? marks : null);
    this.focus(id, "[data-edit-mark], [data-choose-type]");
  }

  remove(id) {
    this.draft.set(`findings.${id}.step`, null);
    if (this.active === id) this.active = null;
    if (!this.draft.findingsOf(this.steps.number).length && this.draft.get(`${this.steps.path}.own_error`)) {
      this.draft.set(`${this.steps.path}.own_error`, null);
    }
    this.steps.current.focus({ preventScroll: true });
  }

  element(id) {
    return this.form.querySelector(`[data-finding="${id}"]`);
  }

  focus(id, selector) {
    this.element(id)?.querySelector(selector)?.focus();
  }

  // Elements follow the draft: made, removed, numbered, with their type told and their marks listed.
  show() {
    for (const item of this.steps.items.slice(0, -1)) {
      const step = Number(item.dataset.step);
      const place = item.querySelector("[data-findings]");
      const here = this.draft.findingsOf(step);
      for (const element of place.querySelectorAll("[data-finding]")) {
        if (!here.some(({ id }) => id === element.dataset.finding)) element.remove();
      }
      for (const finding of here) {
        this.number(this.element(finding.id) ?? this.make(place, finding.id, step), finding, step);
      }
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
    for (const control of element.querySelectorAll("[name]")) {
      const value = this.draft.get(control.name);
      if (control.type === "radio") control.checked = control.value === value;
      else control.value = value ?? "";
    }
    element.querySelector('[name$=".step"]').value = step;
    return element;
  }

  number(element, { id, number, slot, marks }, step) {
    element.className = `finding mark-${slot}`;
    element.dataset.mark = number;
    element.setAttribute("aria-label", gettext("Finding %(number)s", { number }));
    element.querySelector("[data-number]").textContent = number;
    element.querySelector("[data-remove-finding]").setAttribute("aria-label", gettext("Remove finding %(number)s", { number }));
    const type = this.draft.get(`findings.${id}.error_type`);
    const chooser = element.querySelector("[data-choose-type]");
    chooser.textContent = type ? this.words.get(type) ?? type : gettext("Type of error …");
    chooser.classList.toggle("on", Boolean(type));
    const told = JSON.stringify([step, marks]);
    const list = element.querySelector("[data-marks-list]");
    if (list.dataset.told === told) return;
    list.dataset.told = told;
    list.replaceChildren(...marks.map((mark, index) => this.chip(mark, index, step)));
  }

  chip(mark, index, step) {
    const text = mark.kind === "span"
      ? [...this.draft.state.texts[step - 1]].slice(mark.start, mark.end).join("")
      : gettext("image %(number)s, %(shape)s", { number: mark.image, shape: SHAPES[mark.shape] });
    const shown = [...text].length > SHOWN ? `${[...text].slice(0, SHOWN).join("")}…` : text;
    const item = document.createElement("li");
    item.className = "chip";
    const change = button(mark.kind === "span" ? `“${shown}”` : `▢ ${shown}`, gettext("Change the mark %(mark)s", { mark: shown }));
    change.dataset.editMark = index;
    const remove = button("✕", gettext("Remove the mark %(mark)s", { mark: shown }));
    remove.dataset.removeMark = index;
    item.append(change, remove);
    return item;
  }
}

function button(text, label) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: text });
  made.setAttribute("aria-label", label);
  return made;
}
