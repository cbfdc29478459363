// The dialog of all keys: what each does, and a button to change it. What is kept lies on the server, with the person.
import { namesOf, shown } from "../key_names.js";
import { gettext } from "../words.js";
import { post } from "./post.js";

const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Dead"]);

export class KeysDialog {
  constructor(dialog, table, signal) {
    Object.assign(this, { dialog, table, waiting: null });
    this.place = dialog.querySelector("[data-key-table]");
    this.error = dialog.querySelector("[data-key-error]");
    this.url = dialog.querySelector("footer a").href;
    this.place.addEventListener("click", ({ target }) => this.wait(target.closest("button")), { signal });
    dialog.addEventListener("keydown", (event) => this.take(event), { signal, capture: true });
    dialog.addEventListener("cancel", (event) => this.waiting && event.preventDefault(), { signal });
    dialog.addEventListener("close", () => this.leave(), { signal });
    dialog.querySelector("[data-reset-keys]").addEventListener("click", () => this.keep({}), { signal });
  }

  open() {
    this.show();
    this.dialog.showModal();
  }

  show(focused = null) {
    const groups = Object.entries(this.table.groups)
      .map(([code, words]) => [words, this.table.rows.filter(({ group }) => group === code)])
      .filter(([, rows]) => rows.length);
    this.place.replaceChildren(...groups.map(([words, rows]) => {
      const section = element("section", {}, element("h3", {}, words));
      section.append(...rows.map((row) => this.row(row)));
      return section;
    }));
    if (focused) this.place.querySelector(`[data-change="${focused}"]`)?.focus();
  }

  row(row) {
    const [key = "", ...others] = this.table.keysOf(row);
    const told = key ? shown(key) : gettext("none");
    const fixed = row.name === "escape";
    const kbd = element(fixed ? "kbd" : "button", {
      type: fixed ? null : "button", class: fixed ? null : "key small", "data-change": fixed ? null : row.name,
      "aria-label": fixed ? null : gettext("Key for “%(what)s”: %(key)s. Change it", { what: row.label, key: told }),
    }, told);
    const also = others.map((other) => element("kbd", {}, shown(other)));
    return element("p", { class: "key-row" }, element("span", { class: "key-cell" }, kbd, ...also), element("span", {}, row.label));
  }

  // The next key pressed is the button's.
  wait(button) {
    this.leave();
    if (!button?.dataset.change) return;
    this.waiting = button;
    button.classList.add("waiting");
    button.textContent = gettext("Press a key …");
    this.tell("");
  }

  take(event) {
    if (!this.waiting || MODIFIERS.has(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const name = this.waiting.dataset.change;
    const [key] = event.key === "Backspace" ? [""] : namesOf(event);
    if (key === "Escape" || key === "Tab") {
      this.leave();
      this.show(name);
      return;
    }
    const owner = key && this.table.ownerOf(key, name);
    if (owner) {
      this.tell(gettext("%(key)s is already the key for “%(other)s”. Press another one, or Esc.", { key: shown(key), other: owner.label }));
      return;
    }
    this.keep({ ...this.table.changes, [name]: key }, name);
  }

  async keep(changes, name = null) {
    this.leave();
    const { status, json } = await post(this.url, changes);
    if (status === 200) this.table.use(json.kept);
    this.tell(status === 200 ? "" : json?.error ?? gettext("Not saved: the server cannot be reached."));
    this.show(name);
  }

  leave() {
    this.waiting?.classList.remove("waiting");
    this.waiting = null;
  }

  tell(text) {
    this.error.textContent = text;
    this.error.hidden = !text;
  }
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}
