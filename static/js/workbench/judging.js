// What keys and buttons do to the open step.
import { gettext } from "../words.js";
import { toast } from "./toast.js";

const CONFIDENCES = [null, 0.9, 0.6, 0.25]; // not said, high, medium, low: what C steps through

export function judging({ draft, steps, findings, spans, box }) {
  const at = (name) => `${steps.path}.${name}`;
  const focusStep = () => steps.current.focus({ preventScroll: true });
  const isWrong = () => draft.get(at("verdict")) === "incorrect";

  // An unknown origin and a known one exclude each other, whichever control said so.
  draft.addEventListener("edit", ({ detail: { path, value } }) => {
    const [, step, name] = /^(steps\.\d+)\.(own_error|inherits_from|origin_unknown)$/.exec(path) ?? [];
    if (!step || !value) return;
    const others = name === "origin_unknown" ? ["own_error", "inherits_from"] : ["origin_unknown"];
    for (const other of others) draft.set(`${step}.${other}`, null);
  });

  return {
    next: () => steps.move(1),
    previous: () => steps.move(-1),
    escape: focusStep,

    verdict(digit) {
      const radio = steps.current.querySelectorAll(".verdict-choice input")[digit - 1];
      if (radio) draft.set(at("verdict"), radio.value);
    },

    confidence() {
      const index = CONFIDENCES.indexOf(draft.get(at("confidence")));
      draft.set(at("confidence"), CONFIDENCES[(index + 1) % CONFIDENCES.length]);
    },

    own() {
      if (!steps.number) return;
      if (!isWrong()) draft.set(at("verdict"), "incorrect");
      draft.set(at("own_error"), draft.get(at("own_error")) ? null : true);
    },

    // With one earlier error there is nothing to choose; else a number says which.
    inherited() {
      if (steps.number < 2) return;
      if (!isWrong()) draft.set(at("verdict"), "incorrect");
      const wrong = Array.from({ length: steps.number - 1 }, (_, index) => index + 1).filter((number) => steps.verdict(number) === "incorrect");
      if (wrong.length === 1 && !draft.get(at("inherits_from"))) this.toggleOrigin(wrong[0]);
      const boxes = steps.current.querySelectorAll(".inherits input");
      boxes[(wrong.at(-1) ?? boxes.length) - 1].focus();
    },

    toggleOrigin(number) {
      if (number >= steps.number) return;
      const before = draft.get(at("inherits_from")) ?? [];
      const after = before.includes(number) ? before.filter((origin) => origin !== number) : [...before, number].sort((a, b) => a - b);
      draft.set(at("inherits_from"), after.length ? after : null);
    },

    // The steps after this one that nobody judged yet are wrong because of it.
    rest() {
      const { number } = steps;
      if (!number || !isWrong()) {
        toast(gettext("This is for a step judged incorrect: the following steps then inherit its error."));
        return;
      }
      for (let later = number + 1; later <= draft.stepCount; later += 1) {
        if (steps.verdict(later)) continue;
        draft.set(`steps.${later}.verdict`, "incorrect");
        draft.set(`steps.${later}.inherits_from`, [number]);
      }
      steps.open(steps.item(0));
    },

    finding() {
      const id = findings.add();
      if (!id) return;
      spans.mark(id);
      findings.focus(id);
    },

    mark() {
      if (steps.number && !spans.mark()) toast(gettext("Select some text of the step first, or mark it word by word."));
    },

    span: () => {
      focusStep();
      spans.begin();
    },

    box: () => {
      focusStep();
      box.begin();
    },
  };
}
