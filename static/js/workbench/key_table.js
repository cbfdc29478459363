// The page's table of actions and their keys (annotations/verbs/key_table.py), with what this person changed in it.
import { shown } from "../key_names.js";

export class KeyTable {
  // `can`: whether the page has the action.
  constructor(element, can) {
    this.element = element;
    const { groups, actions, changes } = JSON.parse(element.textContent);
    Object.assign(this, { groups, changes });
    this.rows = actions.filter(([name]) => can(name)).map(([name, group, label, ...keys]) => ({ name, group, label, keys }));
  }

  // A changed key takes the place of the first, and is nobody else's.
  keysOf({ name, keys: [first = "", ...others] }, changes = this.changes) {
    const taken = this.rows.map((row) => changes[row.name]); // another page's keys are none of this one's
    return [changes[name] ?? first, ...others.filter((key) => !taken.includes(key))].filter(Boolean);
  }

  // The action's name for the first of these names of a press that has one.
  actionOf(names) {
    for (const pressed of names) {
      const row = this.rows.find((candidate) => this.keysOf(candidate).includes(pressed));
      if (row) return row.name;
    }
    return null;
  }

  // Another action whose own key this is.
  ownerOf(key, name) {
    return this.rows.find((row) => row.name !== name && this.keysOf(row)[0] === key);
  }

  use(changes) {
    this.changes = changes;
    this.element.textContent = JSON.stringify({ ...JSON.parse(this.element.textContent), changes });
    for (const row of this.rows) {
      const [key = ""] = this.keysOf(row);
      for (const hint of document.querySelectorAll(`kbd[data-key="${row.name}"]`)) {
        hint.textContent = shown(key);
        hint.hidden = !key;
      }
    }
  }
}
