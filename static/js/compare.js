// The compare page by keyboard: J and K go from difference to difference, N follows the link to the next response; what is
// hovered or focused lights up its finding, span and region together.
const differences = [...document.querySelectorAll("[data-difference]")];
const lit = (number, on) =>
  document.querySelectorAll(`[data-mark="${number}"]`).forEach((part) => part.classList.toggle("lit", on));

const go = (by) => {
  if (!differences.length) return;
  const at = differences.indexOf(document.activeElement?.closest("[data-difference]"));
  const next = at < 0 ? (by > 0 ? 0 : differences.length - 1) : Math.min(Math.max(at + by, 0), differences.length - 1);
  differences[next].focus();
  differences[next].scrollIntoView({ block: "nearest" });
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") go(key === "j" ? 1 : -1);
  else if (key === "n") document.querySelector('[data-key="n"]')?.click();
});

for (const [begin, end] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
  document.addEventListener(begin, (event) => {
    const part = event.target.closest?.("[data-mark]");
    if (part) lit(part.dataset.mark, true);
  });
  document.addEventListener(end, (event) => {
    const part = event.target.closest?.("[data-mark]");
    if (part) lit(part.dataset.mark, false);
  });
}

if (!location.hash && differences.length) go(1);
