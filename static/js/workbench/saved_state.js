// Whether everything typed is on the server, always in sight: once for the page, where it is read out, and in each step
// that has something on its way.
import { gettext } from "../words.js";
import { toast } from "./toast.js";

const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

function words(state, since) {
  return {
    saved: gettext("Saved"),
    saving: gettext("Saving …"),
    offline: gettext("Offline since %(time)s, will retry", { time: since && hour.format(since) }),
    gone: gettext("Submitted elsewhere"),
    "logged-out": gettext("Logged out, kept here"),
    "somebody-else": gettext("Somebody else is logged in, kept here"),
  }[state];
}

export function bindSavedState(element, saving, { draft, steps }) {
  const touched = new Set();
  const show = ({ state, since, paths }) => {
    const text = words(state, since);
    element.dataset.saved = state;
    if (element.textContent !== text) element.textContent = text;
    const waiting = new Set(paths.map((path) => stepOf(path, draft)));
    for (const step of waiting) touched.add(step);
    for (const step of touched) {
      const item = step === null ? null : steps.item(step);
      if (item) tell(item, waiting.has(step) ? state : "saved", waiting.has(step) ? text : gettext("Saved"));
    }
  };
  saving.addEventListener("state", ({ detail }) => show(detail));
  saving.addEventListener("refused", ({ detail }) => toast(gettext("Not saved: %(why)s", { why: detail }), { isError: true }));
  show({ state: saving.state, since: saving.since, paths: saving.queue.map(({ path }) => path) });
}

function tell(item, state, text) {
  let place = item.querySelector("[data-step-saved]");
  if (!place) {
    place = document.createElement("small");
    place.className = "saved";
    item.querySelector(".says").append(place);
  }
  place.dataset.stepSaved = state;
  if (place.textContent !== text) place.textContent = text;
}

// The step that a field belongs to; 0 is the answer, with the comment on the whole; null: none that is shown.
export function stepOf(path, draft) {
  const [kind, id] = path.split(".");
  if (kind !== "steps" && kind !== "findings") return 0;
  const step = kind === "steps" ? Number(id) : draft.get(`findings.${id}.step`) ?? draft.lastStepOf(id);
  return step <= draft.stepCount ? step : null;
}
