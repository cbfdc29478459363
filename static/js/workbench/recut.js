// "This step is split badly": split it at the cursor (or where the selection begins), or join it with the next one. It is a
// proposal: a reviewer rules on it, and the steps stay as they are until then.
import { csrfToken } from "../csrf.js";
import { gettext } from "../words.js";
import { toast } from "./toast.js";

const TOLD = "second-look cut anew";

// The steps changed under the page: it is loaded again, and says why.
export function bindCutAnew(saving) {
  saving.addEventListener("cut-anew", () => {
    sessionStorage.setItem(TOLD, "1");
    location.reload();
  });
  if (!sessionStorage.getItem(TOLD)) return;
  sessionStorage.removeItem(TOLD);
  toast(gettext("The steps of this chain were cut anew. What you typed moved with the text: look at the steps without a verdict."));
}

export function bindRecut({ draft, steps, spans }) {
  const dialog = document.getElementById("recut");
  const split = dialog.querySelector('[value="split"]');
  let offset = 0;

  const cursor = () => {
    const { anchorNode, anchorOffset } = getSelection();
    const { text } = spans;
    if (!text || !anchorNode || !text.element.contains(anchorNode)) return 0;
    return text.selected()?.start ?? text.offsetOf(anchorNode, anchorOffset, false);
  };

  dialog.querySelector("form").addEventListener("submit", async (event) => {
    const kind = event.submitter?.value;
    if (!["split", "join"].includes(kind)) return;
    event.preventDefault();
    const body = new FormData();
    for (const [name, value] of Object.entries({ kind, step: steps.number, offset })) body.set(name, value);
    const response = await fetch(draft.state.cut_url, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } });
    const told = await response.json();
    dialog.close();
    toast(told.told ?? told.error, { isError: !response.ok });
  });

  return {
    recut() {
      if (!steps.number) {
        toast(gettext("Open the step that is split badly first."));
        return;
      }
      offset = cursor();
      split.disabled = !offset;
      const text = [...draft.state.texts[steps.number - 1]];
      dialog.querySelector("[data-before]").textContent = offset ? text.slice(Math.max(0, offset - 30), offset).join("") : "";
      dialog.querySelector("[data-after]").textContent = offset ? text.slice(offset, offset + 30).join("") : "";
      dialog.querySelector("[data-no-cursor]").hidden = Boolean(offset);
      dialog.showModal();
    },
  };
}
