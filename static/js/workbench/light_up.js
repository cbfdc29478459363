// Pointing at a mark, its region or its finding, or focusing the finding, lights up all three.
export function bindLightUp(steps, look, signal) {
  let lit = null;
  const light = (number) => {
    if (number === lit) return;
    lit = number;
    for (const place of [steps.current, look]) {
      for (const element of place.querySelectorAll("[data-mark]")) element.classList.toggle("lit", element.dataset.mark === number);
    }
  };
  const numberAt = (target) => (steps.current.contains(target) || look.contains(target)
    ? target.closest("[data-mark]")?.dataset.mark ?? null : null);
  const focused = () => numberAt(document.activeElement);
  document.addEventListener("pointerover", (event) => light(numberAt(event.target) ?? focused()), { signal });
  document.addEventListener("focusin", (event) => light(numberAt(event.target)), { signal });
  steps.addEventListener("open", () => { lit = null; });
}
