// One item at the workbench, from its page's HTML to its end: puts the behaviours together, and lets all of them go at
// once (`signal`) when another item takes its place.
import { Clock } from "./clock.js";
import { fillClosedSteps } from "./closed_steps.js";
import { bindCorrected } from "./corrected.js";
import { bindDialogs } from "./dialogs.js";
import { Differences } from "./differences.js";
import { Draft } from "./draft.js";
import { Drawing } from "./drawing.js";
import { bindElsewhere } from "./elsewhere.js";
import { bindFields } from "./fields.js";
import { Findings } from "./findings.js";
import { Heartbeat } from "./heartbeat.js";
import { History } from "./history.js";
import { Journal } from "./journal.js";
import { judging } from "./judging.js";
import { bindKeys } from "./keys.js";
import { bindLightUp } from "./light_up.js";
import { bindLogIn } from "./log_in.js";
import { bindOrigin } from "./origin.js";
import { Picture } from "./picture.js";
import { Regions } from "./regions.js";
import { bindCutAnew, bindRecut } from "./recut.js";
import { bindSavedState } from "./saved_state.js";
import { Saving } from "./saving.js";
import { Spans } from "./spans.js";
import { Stage } from "./stage.js";
import { StepReveal } from "./step_reveal.js";
import { Steps } from "./steps.js";
import { Submitting } from "./submitting.js";
import { TypeChooser } from "./type_chooser.js";

export function begin(onward, back) {
  const form = document.querySelector("[data-workbench]");
  const look = document.querySelector("[data-look]");
  const life = new AbortController();
  const { signal } = life;
  const draft = new Draft(JSON.parse(document.getElementById("draft-state").textContent));
  const journal = new Journal(draft.state);

  fillClosedSteps(form);
  bindFields(form, draft);
  const steps = new Steps(form, draft);
  bindOrigin(form, draft, steps);
  const findings = new Findings(form, draft, steps);
  const spans = new Spans(draft, steps, findings);
  const corrected = bindCorrected(form, draft);
  const chooser = new TypeChooser(form, draft, findings, (id) => findings.focus(id, ".severities input:checked, .severities input"));

  const pictures = [...look.querySelectorAll("[data-image]")].map((svg) => new Picture(svg));
  const stage = new Stage(look, pictures);
  const regions = new Regions(draft, steps, pictures);
  const buttons = Object.fromEntries(["box", "polygon"].map((shape) => [shape, look.querySelector(`[data-do="${shape}"]`)]));
  const drawing = new Drawing({ regions, findings, steps, stage, buttons });
  bindLightUp(steps, look, signal);

  const history = new History(form, draft, steps, journal, signal);
  const saving = new Saving(draft, journal, signal);
  bindCutAnew(saving);
  bindSavedState(document.querySelector("[data-saved]"), saving, { draft, steps });
  new Differences(form, draft, saving);
  const reveal = new StepReveal(form, { draft, steps, saving });
  const clock = new Clock(draft, steps, signal);
  new Heartbeat(draft, saving, clock, signal);
  bindLogIn(saving, draft);
  const submitting = new Submitting(form, { draft, saving, steps, clock, journal, onward });
  bindElsewhere({ draft, saving, journal, submitting });
  saving.ready.then(() => submitting.takeUp());

  const actions = {
    ...judging({ draft, steps, findings, spans, drawing, chooser, corrected }), next: () => reveal.next(), ...stage.actions(), ...bindDialogs(),
    ...bindRecut({ draft, steps, spans }),
    submit: () => submitting.submit(), undo: () => history.undo(), redo: () => history.redo(), recent: back,
  };
  bindKeys(actions, [drawing, spans], signal);
  return { draft, saving, end: () => life.abort() };
}
