// The palette: everything that can be done here and every page that can be gone to, found by a few letters of its name.
// A combobox with a list below it, as the ARIA Authoring Practices describe it.
import { shown } from "../key_names.js";

export class Palette {
  // `run(name)` does an action of the table.
  constructor(dialog, table, run, signal) {
    Object.assign(this, { dialog, table, run, chosen: 0, found: [] });
    this.input = dialog.querySelector("input");
    this.list = dialog.querySelector("[role=listbox]");
    this.none = dialog.querySelector("[data-none]");
    this.input.addEventListener("input", () => this.find(), { signal });
    this.input.addEventListener("keydown", (event) => this.move(event), { signal });
    this.list.addEventListener("click", ({ target }) => this.take(target.closest("[role=option]")?.dataset.index), { signal });
  }

  open() {
    this.input.value = "";
    this.find();
    this.dialog.showModal();
    this.input.focus();
  }

  entries() {
    const actions = this.table.rows.filter(({ name }) => name !== "palette" && name !== "escape").map((row) => ({
      words: row.label, beside: this.table.groups[row.group], key: this.table.keysOf(row)[0], do: () => this.run(row.name),
    }));
    const links = [...document.querySelectorAll(".top nav a, .top .menu a")].map((link) => ({
      words: link.textContent.trim(), beside: "→", do: () => link.click(),
    }));
    return [...actions, ...links];
  }

  find() {
    const wanted = this.input.value.trim().toLowerCase();
    this.found = this.entries()
      .map((entry) => ({ entry, rank: rank(`${entry.words} ${entry.beside}`.toLowerCase(), wanted) }))
      .filter(({ rank: far }) => far < Infinity)
      .sort((one, other) => one.rank - other.rank)
      .map(({ entry }) => entry);
    this.chosen = 0;
    this.list.replaceChildren(...this.found.map((entry, index) => option(entry, index)));
    this.none.hidden = this.found.length > 0;
    this.point();
  }

  point() {
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.chosen)));
    const item = this.list.children[this.chosen];
    if (item) this.input.setAttribute("aria-activedescendant", item.id);
    else this.input.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  }

  move(event) {
    const last = this.found.length - 1;
    const to = { ArrowDown: this.chosen < last ? this.chosen + 1 : 0, ArrowUp: this.chosen > 0 ? this.chosen - 1 : last, PageDown: last, PageUp: 0 }[event.key];
    if (to !== undefined) {
      this.chosen = to;
      this.point();
    } else if (event.key === "Enter") this.take(this.chosen);
    else return;
    event.preventDefault();
  }

  take(index) {
    const entry = this.found[index];
    if (!entry) return;
    this.dialog.close(); // focus goes back to where it was, and the action acts there
    entry.do();
  }
}

// How far a name is from what was typed: 0 for its beginning; the beginning of a word, anywhere, scattered letters; Infinity.
function rank(name, wanted) {
  const at = name.indexOf(wanted);
  if (at >= 0) return at === 0 ? 0 : name[at - 1] === " " ? 1 : 2;
  let from = 0;
  for (const letter of wanted.replaceAll(" ", "")) {
    from = name.indexOf(letter, from) + 1;
    if (!from) return Infinity;
  }
  return 3 + from / 1000;
}

function option({ words, beside, key }, index) {
  const item = document.createElement("li");
  Object.assign(item, { id: `palette-${index}`, role: "option" });
  item.dataset.index = index;
  const group = document.createElement("small");
  group.textContent = beside;
  item.append(words, " ", group);
  if (key) {
    const kbd = document.createElement("kbd");
    kbd.textContent = shown(key);
    item.append(kbd);
  }
  return item;
}
