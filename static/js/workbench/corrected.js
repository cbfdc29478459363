// What the step should have been: begins with the step's own text on demand, and shows the difference as it is typed.
import { wordDiff } from "./word_diff.js";

const TAGS = { delete: "del", insert: "ins" };

export function bindCorrected(form, draft) {
  const textOf = (id) => draft.state.texts[draft.get(`findings.${id}.step`) - 1];
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-prefill]");
    if (!button) return;
    const finding = button.closest("[data-finding]");
    const path = `findings.${finding.dataset.finding}.corrected_text`;
    if (!draft.get(path)) draft.set(path, textOf(finding.dataset.finding));
    finding.querySelector(`[name="${path}"]`).focus();
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
}

function segment([change, text]) {
  if (change === "equal") return document.createTextNode(text);
  const element = document.createElement(TAGS[change]);
  element.textContent = text;
  return element;
}
