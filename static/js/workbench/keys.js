// Keys and buttons to actions, by the page's table of keys. Keys never act inside text: there only Escape (out of it) and
// those with Ctrl or Command do. A mode (marking, drawing) is asked first.
import { namesOf } from "../key_names.js";
import { KeyTable } from "./key_table.js";
import { KeysDialog } from "./keys_dialog.js";
import { Palette } from "./palette.js";

const TEXT = 'textarea, select, input:not([type="radio"], [type="checkbox"])';
const PRESSED = "button, a, summary";
const TICKED = '[type="radio"], [type="checkbox"]';

// `actions`: functions by the names of the table; "verdict:2" is verdict(2).
export function bindKeys(given, modes, signal) {
  const actions = { ...given, keys: () => dialog.open(), palette: () => palette.open() };
  const run = (name) => {
    const [action, argument] = name.split(":");
    return argument ? actions[action](Number(argument)) : actions[action]();
  };
  const table = new KeyTable(document.getElementById("key-table"), (name) => name.split(":")[0] in actions);
  const dialog = new KeysDialog(document.getElementById("keys"), table, signal);
  const palette = new Palette(document.getElementById("palette"), table, run, signal);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const action = chosen(event, { actions, modes, table, run });
    if (!action) return;
    event.preventDefault();
    action();
  }, { signal });
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-do]")?.dataset.do;
    if (!name) return;
    event.preventDefault();
    run(name);
  }, { signal });
}

function chosen(event, { actions, modes, table, run }) {
  const { target, key } = event;
  const withCtrl = event.ctrlKey || event.metaKey;
  if (!withCtrl && target.matches(TEXT)) return key === "Escape" ? () => actions.escape() : null;
  if (!withCtrl && modes.some((mode) => mode.key(event))) return () => {};
  if (event.altKey) return null;
  if (!withCtrl && target.matches(PRESSED) && (key === "Enter" || key === " ")) return null;
  if (target.matches(TICKED) && key === " ") return null;
  if (target.matches('[type="radio"]') && key.startsWith("Arrow")) return null;
  const digit = /^[1-9]$/.test(key) ? Number(key) : 0;
  const group = digit && actions.pick && target.closest("[data-digits]");
  if (group) return () => actions.pick(group, digit);
  const name = table.actionOf(namesOf(event));
  if (name) return () => run(name);
  const shifted = !withCtrl && event.shiftKey && /^Digit([1-9])$/.exec(event.code)?.[1];
  return shifted && actions.verdictAndNext ? () => actions.verdictAndNext(Number(shifted)) : null;
}
