// Whether everything typed is on the server, always in sight; what another tab wrote is told.
import { toast } from "./toast.js";

export function bindSavedState(element, saving) {
  saving.addEventListener("state", ({ detail: { state, text } }) => {
    element.dataset.saved = state;
    if (element.textContent !== text) element.textContent = text;
  });
  saving.addEventListener("conflict", ({ detail: { path, value } }) => {
    toast(`Also changed in another tab: ${path}. Yours is kept; the other said: ${value === null ? "nothing" : JSON.stringify(value)}`);
  });
  saving.addEventListener("refused", ({ detail }) => toast(`Not saved: ${detail}`, { isError: true }));
}
