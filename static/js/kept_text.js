// A long text of a plain form is kept in this browser until it was sent: a crash or an ended session loses nothing.
const form = document.querySelector("[data-kept]");
const key = (field) => `second-look ${form.dataset.kept} ${field.name}`;
const fields = [...form.elements].filter((field) => field.matches("textarea, input:not([type=hidden])"));
const isRefused = Boolean(form.querySelector(".errors")); // then the page holds what was sent, which is newer

for (const field of fields) {
  const keep = () => localStorage.setItem(key(field), field.value);
  const kept = localStorage.getItem(key(field));
  if (field.value !== field.defaultValue && !isRefused) keep(); // typed before this script was here
  else if (kept !== null && !isRefused) field.value = kept;
  field.addEventListener("input", keep);
}
form.addEventListener("submit", () => fields.forEach((field) => localStorage.removeItem(key(field))));
