// What the step should have been: begins with the step's own text on demand, and shows the difference as it is typed.
import { wordDiff } from "./word_diff.js";

const TAGS = { delete: "del", insert: "ins" };

export function bindCorrected(form, draft) {
  const textOf = (id) => draft.state.texts[draft.get(`findings.${id}.step`) - 1];
  // What was marked is selected, so that typing replaces it.
  const begin = (id) => {
    const path = `findings.${id}.corrected_text`;
    const field = form.querySelector(`[name="${path}"]`);
    const isNew = !draft.get(path);
    if (isNew) draft.set(path, textOf(id));
    field.focus();
    const span = (draft.get(`findings.${id}.marks`) ?? []).find((mark) => mark.kind === "span");
    if (!isNew || !span) return;
    const units = (position) => [...textOf(id)].slice(0, position).join("").length;
    field.setSelectionRange(units(span.start), units(span.end));
  };
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-prefill]");
    if (button) begin(button.closest("[data-finding]").dataset.finding);
  });
  const show = (id) => {
    const finding = form.querySelector(`[data-finding="${id}"]`);
    if (!finding) return;
    const corrected = draft.get(`findings.${id}.corrected_text`);
    const diff = finding.querySelector("[data-diff]");
    diff.hidden = !corrected;
    finding.querySelector("[data-prefill]").hidden = Boolean(corrected);
    diff.replaceChildren(...(corrected ? wordDiff(textOf(id), corrected).map(segment) : []));
  };
  draft.addEventListener("change", ({ detail: { path } }) => {
    const id = /^findings\.(.+)\.corrected_text$/.exec(path)?.[1];
    if (id) show(id);
  });
  form.querySelectorAll("[data-finding]").forEach((finding) => show(finding.dataset.finding));
  return { begin };
}

function segment([change, text]) {
  if (change === "equal") return document.createTextNode(text);
  const element = document.createElement(TAGS[change]);
  element.textContent = text;
  return element;
}
