// The Annotate page, put together: each behaviour is a module in workbench/.
import { Box } from "./workbench/box.js";
import { Clock } from "./workbench/clock.js";
import { bindCorrected } from "./workbench/corrected.js";
import { Draft } from "./workbench/draft.js";
import { bindFields } from "./workbench/fields.js";
import { Findings } from "./workbench/findings.js";
import { startHeartbeat } from "./workbench/heartbeat.js";
import { Journal } from "./workbench/journal.js";
import { bindKeys } from "./workbench/keys.js";
import { bindLightUp } from "./workbench/light_up.js";
import { Picture } from "./workbench/picture.js";
import { Regions } from "./workbench/regions.js";
import { Saving } from "./workbench/saving.js";
import { bindSavedState } from "./workbench/saved_state.js";
import { Spans } from "./workbench/spans.js";
import { Stage } from "./workbench/stage.js";
import { StepReveal } from "./workbench/step_reveal.js";
import { Steps } from "./workbench/steps.js";
import { bindSubmit } from "./workbench/submitting.js";
import { judging } from "./workbench/judging.js";
import { bindDialogs } from "./workbench/dialogs.js";

const form = document.querySelector("[data-workbench]");
const look = document.querySelector("[data-look]");
const draft = new Draft(JSON.parse(document.getElementById("draft-state").textContent));

bindFields(form, draft);
const steps = new Steps(form, draft);
const findings = new Findings(form, draft, steps);
const spans = new Spans(draft, steps, findings);
bindCorrected(form, draft);

const pictures = [...look.querySelectorAll("[data-image]")].map((svg) => new Picture(svg));
const stage = new Stage(look, pictures);
const regions = new Regions(draft, steps, pictures);
const button = look.querySelector('[data-do="box"]');
const box = new Box({ regions, findings, steps, button, current: () => stage.current });
bindLightUp(steps, look);

const saving = new Saving(draft, new Journal(draft.state.draft));
bindSavedState(document.querySelector("[data-saved]"), saving);
const clock = new Clock(draft, steps);
const reveal = new StepReveal(form, { draft, steps, saving });
const submit = bindSubmit(form, { draft, saving, steps, clock });
startHeartbeat(draft.state);

bindKeys({ ...judging({ draft, steps, findings, spans, box }), next: () => reveal.next(), ...stage.actions(), ...bindDialogs(), submit }, [box, spans]);
