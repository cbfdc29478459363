// Where an error comes from: the steps that it may be inherited from, and what follows from all of it.
import { gettext } from "../words.js";

export function bindOrigin(form, draft, steps) {
  const fill = (place) => {
    const group = place.querySelector("[data-inherits-of]");
    if (!group) return;
    const number = Number(group.dataset.inheritsOf);
    const toggles = Array.from({ length: number - 1 }, (_, index) => toggle(`steps.${number}.inherits_from`, index + 1));
    group.querySelector("small").after(...toggles);
    for (const { control } of toggles) control.checked = (draft.get(control.name) ?? []).includes(Number(control.value));
  };
  steps.items.forEach(fill);
  steps.addEventListener("add", ({ detail: { item } }) => fill(item));

  draft.addEventListener("edit", ({ detail: { path, value } }) => {
    const [, step, name] = /^(steps\.\d+)\.(own_error|inherits_from|origin_unknown|verdict|state)$/.exec(path) ?? [];
    if (!step || value === null) return;
    // An unknown origin and a known one exclude each other, whichever control said so; so do a verdict and none on purpose.
    const others = {
      origin_unknown: ["own_error", "inherits_from"], own_error: ["origin_unknown"], inherits_from: ["origin_unknown"],
      verdict: ["state"], state: ["verdict"],
    }[name];
    for (const other of others) draft.set(`${step}.${other}`, null);
  });

  const derived = form.querySelector("[data-derived]");
  draft.addEventListener("change", () => {
    derived.textContent = told(draft, steps);
  });
}

function toggle(name, number) {
  const label = document.createElement("label");
  label.className = "toggle number";
  const control = document.createElement("input");
  Object.assign(control, { type: "checkbox", name, value: number });
  control.dataset.list = "";
  control.dataset.type = "number";
  const text = document.createElement("span");
  text.textContent = number;
  label.append(control, text);
  return label;
}

// As core/critique_facts.py derives it, and web/workbench.py puts it into words.
function told(draft, steps) {
  const signs = { incorrect: "✕", correct: "✓", neutral: "✓" };
  const labels = Array.from({ length: draft.state.step_count }, (_, index) => signs[steps.verdict(index + 1)] ?? "○").join(" ");
  const first = steps.firstError();
  const where = first ? gettext("step %(number)s", { number: first }) : gettext("none");
  return gettext("As VISCO labels: %(labels)s · first error: %(where)s", { labels, where });
}
