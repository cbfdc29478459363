// The session has ended: log in over the page, second step included, and go on. What was typed meanwhile is in the journal
// and is sent then. Whoever logs in as somebody else gets none of it.
import { gettext } from "../words.js";

export function bindLogIn(saving, draft) {
  saving.addEventListener("logged-out", () => ask(saving, draft));
  saving.addEventListener("somebody-else", ({ detail }) => tell(detail.error));
  const element = document.querySelector("[data-saved]");
  element.addEventListener("click", () => { if (saving.blocked === "logged-out") ask(saving, draft); });
}

async function ask(saving, draft) {
  const dialog = document.getElementById("log-in");
  if (dialog.open) return;
  if (!await show(dialog, await fetch(dialog.dataset.url), saving, draft)) return;
  if (!dialog.open) dialog.showModal();
}

// Shows the form of a page of the log-in; false where there is none, since the person is in.
async function show(dialog, response, saving, draft) {
  if (new URL(response.url).pathname === dialog.dataset.done) {
    dialog.close();
    welcome(await response.json(), saving, draft);
    return false;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const form = page.querySelector("main form.form");
  const place = dialog.querySelector("[data-form]");
  if (!form) {
    place.replaceChildren(...page.querySelector("main").children);
    return true;
  }
  for (const part of form.querySelectorAll("[autofocus]")) part.removeAttribute("autofocus");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const sent = new FormData(form);
    sent.set("next", dialog.dataset.done);
    await show(dialog, await fetch(response.url, { method: "POST", body: new URLSearchParams(sent) }), saving, draft);
  });
  place.replaceChildren(form);
  place.querySelector("input:not([type=hidden])").focus();
  return true;
}

function welcome({ person, name }, saving, draft) {
  if (person === draft.state.person) saving.retry();
  else {
    saving.blocked = "somebody-else";
    saving.tell();
    tell(gettext("You are logged in as %(name)s. What was typed on this page is kept in this browser for its own person, and sent when they log in again.", { name }));
  }
}

function tell(text) {
  const dialog = document.getElementById("somebody-else");
  dialog.querySelector("[data-told]").textContent = text;
  if (!dialog.open) dialog.showModal();
}

