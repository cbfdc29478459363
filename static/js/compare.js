// The compare page by keyboard, by the table of keys: from difference to difference, and to the next response; what is
// hovered or focused lights up its finding, span and region together.
import { bindKeys } from "./workbench/keys.js";

const go = (by) => {
  const differences = [...document.querySelectorAll("[data-difference]")];  // columns may have come in since
  if (!differences.length) return;
  const at = differences.indexOf(document.activeElement?.closest("[data-difference]"));
  const next = at < 0 ? (by > 0 ? 0 : differences.length - 1) : Math.min(Math.max(at + by, 0), differences.length - 1);
  const row = differences[next];
  row.focus({ preventScroll: true });
  // The row's head stays at the left edge, so nothing scrolls sideways; a row taller than its view shows its beginning.
  row.firstElementChild.scrollIntoView({ block: row.offsetHeight > innerHeight / 2 ? "start" : "nearest", inline: "nearest" });
};

bindKeys({
  nextDifference: () => go(1),
  previousDifference: () => go(-1),
  nextResponse: () => document.querySelector('[data-press="nextResponse"]').click(),
  escape: () => document.activeElement?.blur(),
}, [], new AbortController().signal);

// Marks may overlap: those of every element around the pointer or the focus are lit, those of the last one are put out.
const light = (element) => {
  const numbers = new Set();
  for (let part = element?.closest?.("[data-mark]"); part; part = part.parentElement?.closest("[data-mark]")) numbers.add(part.dataset.mark);
  for (const part of document.querySelectorAll("[data-mark]")) part.classList.toggle("lit", numbers.has(part.dataset.mark));
};
for (const name of ["pointerover", "focusin"]) document.addEventListener(name, (event) => light(event.target));
document.documentElement.addEventListener("pointerleave", () => light(document.activeElement));
document.addEventListener("focusout", (event) => event.relatedTarget || light(null));

if (!location.hash) go(1);
