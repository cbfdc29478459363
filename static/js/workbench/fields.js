// Binds the form's controls to the draft: a control's name is its path.
export function bindFields(form, draft) {
  for (const [path, value] of draft.values) for (const control of named(form, path)) write(control, value);
  form.addEventListener("input", ({ target }) => {
    if (target.name && target.name !== "csrfmiddlewaretoken") draft.set(target.name, read(form, target), target);
  });
  draft.addEventListener("change", ({ detail: { path, value, by } }) => {
    for (const control of named(form, path)) if (control !== by) write(control, value);
  });
}

function named(form, name) {
  return form.querySelectorAll(`[name="${CSS.escape(name)}"]`);
}

function read(form, control) {
  if (control.name.endsWith(".inherits_from")) {
    const ticked = [...named(form, control.name)].filter((box) => box.checked).map((box) => Number(box.value));
    return ticked.length ? ticked : null;
  }
  if (control.type === "checkbox") return control.checked || null;
  if (control.value === "") return null;
  return control.dataset.type === "number" ? Number(control.value) : control.value;
}

function write(control, value) {
  if (control.type === "radio") control.checked = control.value === value;
  else if (control.type === "checkbox") {
    control.checked = Array.isArray(value) ? value.includes(Number(control.value)) : value === true;
  } else if (control.matches("select") && typeof value === "number") choose(control, value);
  else control.value = value ?? "";
}

// The choice nearest to a number that came by the API, as the server shows it.
function choose(select, value) {
  const far = (option) => (option.value === "" ? Infinity : Math.abs(Number(option.value) - value));
  select.value = [...select.options].reduce((one, other) => (far(other) < far(one) ? other : one)).value;
}
