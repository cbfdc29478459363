// A submitted critique by keyboard: J and K go through the critics' findings, A, W, S answer the one in focus (⇧A takes it
// into a revision), O shows what came of it, R revises, Enter or N goes to the next item. Marks light up as elsewhere.
const theirs = () => [...document.querySelectorAll("[data-theirs]")];
const answered = (finding) => Boolean(finding.querySelector('.reaction [aria-pressed="true"]'));

const go = (by) => {
  const all = theirs();
  const at = all.indexOf(document.activeElement?.closest("[data-theirs]"));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
};

const press = (key, place) => place?.querySelector(`[data-key="${key}"]`)?.click();

// The first outcome that waits: shown where it is unlocked, else its question is in focus.
const outcome = () => {
  const waiting = [...document.querySelectorAll(".outcome")].find((card) => !card.querySelector("[name=rating]:checked"));
  waiting?.scrollIntoView({ block: "nearest" });
  waiting?.querySelector('[data-key="o"], [name=rating]')?.[waiting.querySelector('[data-key="o"]') ? "click" : "focus"]();
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
  if (event.target.closest?.('textarea, select, input:not([type="radio"])')) return;
  const isPressed = event.target.closest?.("button, a, summary, input");
  const key = event.key.toLowerCase();
  const finding = document.activeElement?.closest("[data-theirs]");
  if (key === "j" || key === "k") go(key === "j" ? 1 : -1);
  else if (key === "a" && event.shiftKey) press("+", finding);
  else if (["a", "w", "s"].includes(key)) press(key, finding);
  else if (key === "o") outcome();
  else if (key === "r" || key === "c") press(key, document);
  else if (key === "n" || (key === "enter" && !isPressed)) press("n", document);
  else return;
  event.preventDefault();
});

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
