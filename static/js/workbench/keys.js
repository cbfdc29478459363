// Keys to actions. They never act inside text: there only Escape (out of it) and Ctrl or Command with Enter (submit).
const KEYS = {
  Enter: "next", "Shift+Enter": "rest", ArrowDown: "next", ArrowUp: "previous", j: "next", k: "previous",
  n: "finding", m: "mark", s: "span", b: "box", o: "own", i: "inherited", c: "confidence",
  f: "fit", "+": "nearer", "=": "nearer", "-": "farther", g: "guideline", l: "recent", "?": "keys", Escape: "escape",
};
const TEXT = 'textarea, select, input:not([type="radio"], [type="checkbox"])';
const PRESSED = "button, a, summary";

export function bindKeys(actions, modes, signal) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const action = chosen(event, modes);
    if (!action) return;
    event.preventDefault();
    action(actions);
  }, { signal });
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-do]")?.dataset.do;
    if (!name) return;
    event.preventDefault();
    actions[name]();
  }, { signal });
}

function chosen(event, modes) {
  const { target, key } = event;
  if (key === "Enter" && (event.ctrlKey || event.metaKey)) return (actions) => actions.submit();
  if (event.ctrlKey || event.metaKey) return null;
  if (target.matches(TEXT)) return key === "Escape" ? (actions) => actions.escape() : null;
  if (modes.some((mode) => mode.key(event))) return () => {};
  if (event.altKey) return null;
  if (target.matches(PRESSED) && (key === "Enter" || key === " ")) return null;
  if (target.matches('[type="radio"]') && key.startsWith("Arrow")) return null;
  const digit = /^[1-9]$/.test(key) ? Number(key) : 0;
  if (digit) return (actions) => (target.closest(".inherits") ? actions.toggleOrigin(digit) : actions.verdict(digit));
  const name = KEYS[event.shiftKey && key === "Enter" ? "Shift+Enter" : key] ?? KEYS[key.toLowerCase()];
  return name ? (actions) => actions[name]() : null;
}
