// What keys and buttons do to the open step.
import { gettext } from "../words.js";
import { toast } from "./toast.js";

const CONFIDENCES = [null, 0.9, 0.6, 0.25]; // not said, high, medium, low: what C steps through

export function judging({ draft, steps, findings, spans, drawing, chooser, corrected }) {
  const at = (name) => `${steps.path}.${name}`;
  const focusStep = () => steps.current.focus({ preventScroll: true });
  const isWrong = () => draft.get(at("verdict")) === "incorrect";
  const later = () => Array.from({ length: draft.stepCount - steps.number }, (_, index) => steps.number + index + 1);
  const marks = () => draft.findingsOf(steps.number).flatMap(({ id, marks: own }) => own.map((mark, index) => ({ id, index, kind: mark.kind })));
  let [last, made] = [null, null]; // the marks that were changed and made last: E begins with the one, goes on from the other
  steps.addEventListener("open", () => { [last, made] = [null, null]; });
  findings.addEventListener("mark", ({ detail }) => { made = detail; });
  const editMark = ({ id, index, kind }) => {
    [last, made] = [{ id, index }, null];
    focusStep();
    if (kind === "span") spans.edit(id, index);
    else drawing.edit(id, index);
  };
  const inFinding = (selector) => {
    const id = steps.number ? findings.target() : null;
    if (id) findings.focus(id, selector);
    return id;
  };

  steps.form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-edit-mark]");
    if (!button) return;
    const { finding: id } = button.closest("[data-finding]").dataset;
    const index = Number(button.dataset.editMark);
    editMark({ id, index, kind: draft.get(`findings.${id}.marks`)[index].kind });
  });

  return {
    next: () => steps.move(1),
    previous: () => steps.move(-1),
    escape: focusStep,

    verdict(digit) {
      const radio = steps.current.querySelectorAll(".verdict-choice input")[digit - 1];
      if (radio) draft.set(at("verdict"), radio.value);
      return radio?.value;
    },

    verdictAndNext(digit) {
      if (this.verdict(digit)) this.next();
    },

    correct() {
      draft.set(at("verdict"), "correct");
      this.next();
    },

    // Without a verdict, on purpose.
    leave() {
      if (!steps.number || !steps.mayLeave(steps.number)) {
        toast(gettext("In this project this step needs a verdict."));
        return;
      }
      draft.set(at("state"), draft.get(at("state")) ? null : "unlabelled");
    },

    confidence() {
      if (!steps.current.querySelector(".confidence")) return;
      const index = CONFIDENCES.indexOf(draft.get(at("confidence")));
      draft.set(at("confidence"), CONFIDENCES[(index + 1) % CONFIDENCES.length]);
    },

    own() {
      if (!steps.number) return;
      const was = isWrong() && draft.get(at("own_error"));
      draft.set(at("verdict"), "incorrect");
      draft.set(at("own_error"), was ? null : true);
    },

    // With one earlier error there is nothing to choose; else a number says which.
    inherited() {
      if (steps.number < 2) return;
      draft.set(at("verdict"), "incorrect");
      const wrong = Array.from({ length: steps.number - 1 }, (_, index) => index + 1).filter((number) => steps.verdict(number) === "incorrect");
      if (wrong.length === 1 && !draft.get(at("inherits_from"))) draft.set(at("inherits_from"), wrong);
      const boxes = steps.current.querySelectorAll(".inherits input");
      boxes[(wrong.at(-1) ?? boxes.length) - 1].focus();
    },

    unknown() {
      if (!steps.number) return;
      const was = isWrong() && draft.get(at("origin_unknown"));
      draft.set(at("verdict"), "incorrect");
      draft.set(at("origin_unknown"), was ? null : true);
    },

    // A digit in a group of choices is the choice in that place.
    pick(group, digit) {
      const control = group.querySelectorAll("input")[digit - 1];
      if (!control) return;
      control.click();
      control.focus();
      if (group.matches(".severities")) inFinding('[name$=".explanation"]');
    },

    // The steps after this one that nobody judged yet are wrong because of it.
    rest() {
      if (!steps.number || !isWrong()) {
        toast(gettext("This is for a step judged incorrect: the following steps then inherit its error."));
        return;
      }
      const { number } = steps;
      for (const step of later().filter((each) => !steps.isSettled(each))) {
        draft.set(`steps.${step}.verdict`, "incorrect");
        draft.set(`steps.${step}.inherits_from`, [number]);
      }
      steps.open(steps.item(0));
    },

    // Or they stay without a verdict, those too that are not shown yet.
    leaveRest() {
      const open = steps.number ? [...later(), ...steps.hiddenSteps].filter((each) => !steps.isSettled(each)) : [];
      const refused = open.find((each) => !steps.mayLeave(each));
      if (!open.length || refused) {
        toast(refused
          ? gettext("In this project step %(number)s needs a verdict.", { number: refused })
          : gettext("No step is left to judge after this one."));
        return;
      }
      for (const step of open) draft.set(`steps.${step}.state`, "unlabelled");
      steps.open(steps.items.at(-2));
      this.next();
    },

    reason: () => steps.current.querySelector('[name$=".reason"]')?.focus(),
    asks: () => steps.current.querySelector(".skills input")?.focus(),

    finding() {
      const id = findings.add();
      if (!id) return;
      spans.mark(id);
      chooser.open(id);
    },

    type() {
      const id = inFinding("[data-choose-type]");
      if (id) chooser.open(id);
    },

    severity: () => inFinding(".severities input:checked, .severities input"),
    why: () => inFinding('[name$=".explanation"]'),

    corrected() {
      const id = steps.number ? findings.target() : null;
      if (id) corrected.begin(id);
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
      drawing.begin("box");
    },

    polygon: () => {
      focusStep();
      drawing.begin("polygon");
    },

    // The marks of the step one after the other.
    edit() {
      const all = marks();
      if (!all.length) {
        toast(gettext("This step has no marks yet."));
        return;
      }
      const place = (wanted) => all.findIndex((mark) => wanted && mark.id === wanted.id && mark.index === wanted.index);
      editMark(all[place(made)] ?? all[(place(last) + 1) % all.length]);
    },
  };
}
