// Rulings by keyboard: a letter presses what has it in `data-key`, or puts the focus into a field. Marks light up as elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
  if (event.target.closest?.("textarea, select, input:not([type=radio])")) return;
  const place = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!place) return;
  if (place.matches("textarea, input")) place.focus();
  else place.click();
  event.preventDefault();
});

const light = (element) => {
  const numbers = new Set();
  for (let part = element?.closest?.("[data-mark]"); part; part = part.parentElement?.closest("[data-mark]")) numbers.add(part.dataset.mark);
  for (const part of document.querySelectorAll("[data-mark]")) part.classList.toggle("lit", numbers.has(part.dataset.mark));
};
for (const name of ["pointerover", "focusin"]) document.addEventListener(name, (event) => light(event.target));
