// What another tab or device wrote into the same fields: shown beside what this one has, word by word, with a way to take
// it, or to take one's own back. Nothing is overwritten in silence.
import { gettext } from "../words.js";
import { fieldName, inWords } from "./field_names.js";
import { wordDiff } from "./word_diff.js";

const TAGS = { delete: "del", insert: "ins" };

export class Differences {
  constructor(form, draft, saving) {
    Object.assign(this, { form, draft, shown: new Map() });
    this.place = document.createElement("section");
    this.place.className = "differences";
    this.place.hidden = true;
    this.place.setAttribute("role", "status");
    this.place.setAttribute("aria-label", gettext("Changed elsewhere"));
    form.querySelector("[data-steps]").before(this.place);
    saving.addEventListener("covered", ({ detail }) => this.show(detail));
  }

  show({ path, mine, theirs, isOurs }) {
    if (JSON.stringify(mine ?? null) === JSON.stringify(theirs ?? null)) return;
    this.remove(path);
    const item = element("div", "difference");
    const told = isOurs ? gettext("Also changed in another tab or device. What counts is yours:") : gettext("Changed in another tab or device:");
    item.append(element("p", "", `${fieldName(path, this.draft)}. ${told}`), this.diff(path, isOurs ? theirs : mine, isOurs ? mine : theirs));
    const buttons = element("div", "buttons");
    buttons.append(
      this.button(isOurs ? gettext("Take the other one") : gettext("Take mine back"), path, () => this.draft.set(path, isOurs ? theirs : mine)),
      this.button(isOurs ? gettext("Keep mine") : gettext("Keep it"), path, () => {}),
    );
    item.append(buttons);
    this.shown.set(path, item);
    this.place.append(item);
    this.place.hidden = false;
  }

  diff(path, before, after) {
    const shown = element("p", "diff");
    const parts = typeof before === "string" && typeof after === "string" && /\s/.test(before + after)
      ? wordDiff(before, after) : [["delete", inWords(before, path)], ["insert", inWords(after, path)]];
    for (const [change, text] of parts) shown.append(TAGS[change] ? element(TAGS[change], "", text) : text, TAGS[change] && parts.length === 2 ? " " : "");
    return shown;
  }

  button(text, path, act) {
    const button = element("button", "small", text);
    button.type = "button";
    button.addEventListener("click", () => {
      act();
      this.remove(path);
      (this.place.querySelector("button") ?? this.form.querySelector(".step.open")).focus();
    });
    return button;
  }

  remove(path) {
    this.shown.get(path)?.remove();
    this.shown.delete(path);
    this.place.hidden = !this.shown.size;
  }
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(text);
  return made;
}
