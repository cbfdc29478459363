// A submitted critique by keyboard, by the table of keys: through the critics' findings, an answer to the one in focus, what
// came of it, a revision, the next item. Marks light up as elsewhere.
import { bindKeys } from "./workbench/keys.js";

const theirs = () => [...document.querySelectorAll("[data-theirs]")];
const answered = (finding) => Boolean(finding.querySelector('.reaction [aria-pressed="true"]'));

const go = (by) => {
  const all = theirs();
  const at = all.indexOf(document.activeElement?.closest("[data-theirs]"));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
};

const press = (name, place) => place?.querySelector(`[data-press="${name}"]`)?.click();

// The first outcome that waits: shown where it is unlocked, else its question is in focus.
const outcome = () => {
  const waiting = [...document.querySelectorAll(".outcome")].find((card) => !card.querySelector("[name=rating]:checked"));
  waiting?.scrollIntoView({ block: "nearest" });
  waiting?.querySelector('[data-press="outcome"], [name=rating]')?.[waiting.querySelector('[data-press="outcome"]') ? "click" : "focus"]();
};

const inFocus = () => document.activeElement?.closest("[data-theirs]");
bindKeys({
  nextFinding: () => go(1),
  previousFinding: () => go(-1),
  ...Object.fromEntries(["agree", "carry", "wrong", "alreadySaid"].map((name) => [name, () => press(name, inFocus())])),
  ...Object.fromEntries(["revise", "correctChain", "nextItem"].map((name) => [name, () => press(name, document)])),
  outcome,
  escape: () => document.activeElement?.blur(),
}, [], new AbortController().signal);

// After an answer the next finding without one is in focus; after the last, the answered one stays.
document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  const here = document.getElementById(target.id)?.closest("[data-theirs]");
  const all = theirs();
  const open = all.slice(all.indexOf(here) + 1).find((finding) => !answered(finding)) ?? here;
  open?.focus({ preventScroll: true });
  open?.scrollIntoView({ block: "nearest" });
});

const light = (element) => {
  const numbers = new Set();
  for (let part = element?.closest?.("[data-mark]"); part; part = part.parentElement?.closest("[data-mark]")) numbers.add(part.dataset.mark);
  for (const part of document.querySelectorAll("[data-mark]")) part.classList.toggle("lit", numbers.has(part.dataset.mark));
};
for (const name of ["pointerover", "focusin"]) document.addEventListener(name, (event) => light(event.target));

if (!location.hash) (theirs().find((finding) => !answered(finding)) ?? theirs()[0])?.focus({ preventScroll: true });
