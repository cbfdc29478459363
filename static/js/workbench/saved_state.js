// Whether everything typed is on the server, always in sight; what another tab wrote is told.
import { gettext } from "../words.js";
import { toast } from "./toast.js";

export function bindSavedState(element, saving) {
  saving.addEventListener("state", ({ detail: { state, text } }) => {
    element.dataset.saved = state;
    if (element.textContent !== text) element.textContent = text;
  });
  saving.addEventListener("conflict", ({ detail: { path, value } }) => {
    const other = value === null ? gettext("nothing") : JSON.stringify(value);
    toast(gettext("Also changed in another tab: %(path)s. Yours is kept; the other said: %(other)s", { path, other }));
  });
  saving.addEventListener("refused", ({ detail }) => toast(gettext("Not saved: %(why)s", { why: detail }), { isError: true }));
}
