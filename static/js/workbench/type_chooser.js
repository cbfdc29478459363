// The error type of a finding from the project's taxonomy: all of it in sight, found by typing or by arrows.
import { matching } from "./type_match.js";

export class TypeChooser {
  constructor(form, draft, findings, chosen) {
    Object.assign(this, { form, draft, findings, chosen, id: null });
    this.element = document.querySelector("[data-type-chooser]");
    this.input = this.element.querySelector("input");
    this.list = this.element.querySelector("[role=listbox]");
    this.types = draft.state.types.flatMap(([type, codes]) => codes.map(([code, label]) => ({ type, code, label })));
    this.list.replaceChildren(...draft.state.types.map((group) => this.group(group)));
    this.input.addEventListener("input", () => this.filter());
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the input keeps the focus
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.take(option.dataset.code);
    });
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.element.contains(relatedTarget)) this.close();
    });
    form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-choose-type]");
      if (button) this.open(button.closest("[data-finding]").dataset.finding);
    });
  }

  group([type, codes]) {
    const group = document.createElement("div");
    const alone = codes.length === 1 && !codes[0][0].includes("/");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", type);
    if (alone) group.className = "alone";
    const head = document.createElement("small");
    head.textContent = alone ? "" : type;
    head.setAttribute("aria-hidden", "true");
    group.append(head, ...codes.map(([code, label]) => {
      const option = document.createElement("div");
      option.setAttribute("role", "option");
      option.id = `type-${code.replace("/", "-")}`;
      option.dataset.code = code;
      option.textContent = label;
      return option;
    }));
    return group;
  }

  open(id) {
    const finding = this.findings.element(id);
    if (!finding) return;
    this.id = id;
    finding.querySelector("header").after(this.element);
    this.element.hidden = false;
    this.input.value = "";
    this.filter(this.draft.get(`findings.${id}.error_type`));
    this.input.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }

  filter(code = null) {
    this.found = matching(this.input.value, this.types);
    for (const option of this.options) option.hidden = !this.found.some((type) => type.code === option.dataset.code);
    this.point(code ?? this.found[0]?.code);
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  point(code) {
    this.pointed = code ?? null;
    for (const option of this.options) option.setAttribute("aria-selected", String(option.dataset.code === code));
    const option = this.options.find((each) => each.dataset.code === code);
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1, ArrowRight: null, ArrowLeft: null }[event.key];
    if (by) {
      const order = this.options.filter((option) => !option.hidden).map((option) => option.dataset.code);
      const at = order.indexOf(this.pointed);
      this.point(order[(at + by + order.length) % order.length]);
    } else if (event.key === "Enter" && this.pointed) this.take(this.pointed);
    else if (event.key === "Escape") this.back();
    else return;
    event.preventDefault();
  }

  take(code) {
    const { id } = this;
    this.draft.set(`findings.${id}.error_type`, code);
    this.close();
    this.chosen(id);
  }

  back() {
    const { id } = this;
    this.close();
    this.findings.focus(id, "[data-choose-type]");
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.form.after(this.element);
    this.id = null;
  }
}
