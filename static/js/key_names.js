// Names of keys, as annotations/verbs/key_table.py writes them, from what the browser says; and how they are shown.
const SHOWN = {
  Enter: "↵", Shift: "⇧", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", Delete: "Del", " ": "␣", "-": "−",
};
const isLetter = (key) => key.toLowerCase() !== key.toUpperCase();

// The names that a press may go by, the likeliest first: by the character, then by the place on the keyboard where the
// layout has no Latin letter there, or wants Shift for its digits.
export function namesOf({ key, code, ctrlKey, metaKey, shiftKey }) {
  const ctrl = ctrlKey || metaKey ? "Ctrl+" : "";
  const shift = shiftKey ? "Shift+" : "";
  if (key.length > 1) return [`${ctrl}${shift}${key}`];
  const letter = key.toLowerCase();
  const names = isLetter(key) && shift ? [`${ctrl}Shift+${letter}`, ...(ctrl ? [] : [letter])] : [`${ctrl}${letter}`];
  const [, latin] = /^Key([A-Z])$/.exec(code) ?? [];
  if (latin && key > "\x7f") names.push(`${ctrl}${shift}${latin.toLowerCase()}`);
  const [, digit] = /^Digit(\d)$/.exec(code) ?? [];
  if (digit && !shift && !ctrl) names.push(digit);
  return names;
}

// "Ctrl+Shift+z" as "Ctrl ⇧ Z"; the same as in annotations/templatetags/keys.py.
export function shown(name) {
  const parts = name.endsWith("+") ? [...name.slice(0, -1).split("+"), "+"] : name.split("+");
  return parts.filter(Boolean).map((part) => SHOWN[part] ?? ([...part].length === 1 ? part.toUpperCase() : part)).join(" ");
}
