// A field of the draft in words: "Step 3, finding 1: explanation".
import { gettext, ngettext } from "../words.js";
import { stepOf } from "./saved_state.js";

const NAMES = {
  verdict: gettext("verdict"), confidence: gettext("confidence"), own_error: gettext("an error of its own"), origin_unknown: gettext("origin unknown"),
  inherits_from: gettext("inherited from"), reason: gettext("reason"), error_type: gettext("error type"), severity: gettext("severity"),
  explanation: gettext("explanation"), corrected_text: gettext("corrected text"), marks: gettext("marks"), comment: gettext("overall comment"), step: gettext("finding"),
  state: gettext("whether it is left unlabelled"), skills: gettext("skills"), difficulty: gettext("difficulty"),
};

export function fieldName(path, draft) {
  const name = path.split(".").at(-1);
  const words = NAMES[name] ?? name.replaceAll("_", " ");
  if (path === "comment") return gettext("Overall comment");
  const step = stepOf(path, draft);
  const where = step ? gettext("Step %(number)s", { number: step }) : gettext("The answer");
  const id = /^findings\.([^.]+)\./.exec(path)?.[1];
  if (!id) return `${where}: ${words}`;
  const number = draft.findingsOf(step).find((finding) => finding.id === id)?.number;
  const finding = number ? gettext("finding %(number)s", { number }) : gettext("a finding");
  return `${where}, ${finding}: ${name === "step" ? gettext("whether it is there") : words}`;
}

const WORDS = { true: gettext("yes"), false: gettext("no"), null: gettext("nothing") };

export function inWords(value, path) {
  if (value === null || value === undefined || typeof value === "boolean") return WORDS[String(value ?? null)];
  if (path.endsWith(".marks")) return ngettext("%(count)s mark", "%(count)s marks", value.length, { count: value.length });
  return Array.isArray(value) ? value.join(", ") : String(value);
}
