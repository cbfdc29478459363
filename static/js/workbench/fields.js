// Binds the form's controls to the draft: a control's name is its path.
export function bindFields(form, draft) {
  for (const [path, value] of draft.values) for (const control of named(form, path)) write(control, value);
  form.addEventListener("input", ({ target }) => {
    if (target.name && target.name !== "csrfmiddlewaretoken") draft.set(target.name, read(form, target), target);
  });
  // A chosen radio that is pressed again is no longer chosen, but a verdict stays one.
  form.addEventListener("pointerdown", ({ target }) => {
    const radio = target.closest("label")?.control;
    if (radio?.type !== "radio" || !radio.checked || radio.name.endsWith(".verdict")) return;
    radio.closest("label").addEventListener("click", (event) => {
      event.preventDefault();
      draft.set(radio.name, null);
    }, { once: true });
  });
  draft.addEventListener("change", ({ detail: { path, value, by } }) => {
    for (const control of named(form, path)) if (control !== by) write(control, value);
  });
}

function named(form, name) {
  return form.querySelectorAll(`[name="${CSS.escape(name)}"]`);
}

function read(form, control) {
  if ("list" in control.dataset) {
    const ticked = [...named(form, control.name)].filter((box) => box.checked).map(valueOf);
    return ticked.length ? ticked : null;
  }
  if (control.type === "checkbox") return control.checked ? valueOf(control) : null;
  return control.value === "" ? null : valueOf(control);
}

function valueOf({ type, value, dataset }) {
  if (type === "checkbox" && value === "true") return true;
  return dataset.type === "number" ? Number(value) : value;
}

function write(control, value) {
  if (control.type === "radio") control.checked = typeof value === "number" ? isNearest(control, value) : control.value === value;
  else if (control.type === "checkbox") {
    control.checked = Array.isArray(value) ? value.includes(valueOf(control)) : value === valueOf(control);
  } else control.value = value ?? "";
}

// Of choices that stand for numbers, the nearest to one that came by the API, as the server shows it.
function isNearest(radio, value) {
  const far = (one) => Math.abs(Number(one.value) - value);
  return [...named(radio.form, radio.name)].every((other) => far(radio) <= far(other));
}
