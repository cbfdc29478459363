// The draft was submitted in another tab while this one still held edits: they are not lost, a revision can take them.
import { post } from "./post.js";
import { gettext } from "../words.js";
import { client, nextNumber } from "./client.js";
import { csrfToken } from "../csrf.js";
import { fieldName, inWords } from "./field_names.js";
import { Journal } from "./journal.js";
import { toast } from "./toast.js";

export function bindElsewhere({ draft, saving, journal, submitting }) {
  saving.addEventListener("gone", ({ detail }) => {
    if (submitting.isSending) return; // it was this tab, whose answer is on its way
    if (submitting.isWaiting) {
      submitting.submit();
      return;
    }
    const dialog = document.getElementById("elsewhere");
    if (dialog.open) return;
    const edits = latest(saving.queue);
    const list = dialog.querySelector("[data-edits]");
    list.replaceChildren(...[...edits].map(([path, value]) => item(`${fieldName(path, draft)}: ${inWords(value, path)}`)));
    dialog.querySelector("[data-held]").hidden = !edits.size;
    const revise = dialog.querySelector("[data-revise]");
    revise.hidden = !detail?.revise_url || !edits.size;
    revise.onclick = () => reviseWith(detail.revise_url, { edits, draft, saving, journal });
    dialog.querySelector("[data-drop]").onclick = async () => {
      await journal.forget();
      location.assign(dialog.dataset.url);
    };
    dialog.showModal();
  });
}

const item = (text) => Object.assign(document.createElement("li"), { textContent: text });

function latest(queue) {
  return new Map(queue.filter(({ path }) => !path.endsWith(".seconds")).map(({ path, value }) => [path, value]));
}

// The edits become edits of the revision's draft. They are in its journal first, should this page end before they arrive.
async function reviseWith(url, { edits, draft, saving, journal }) {
  const response = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrfToken() } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const state = page.getElementById("draft-state");
  if (!response.ok || !state) {
    toast(gettext("The revision cannot be opened now; what you typed stays kept here."), { isError: true });
    return;
  }
  const revision = JSON.parse(state.textContent);
  const values = new Map(Object.entries(revision.fields).map(([path, [value]]) => [path, value]));
  const ids = new Map();
  const carried = new Map();
  for (const [path, value] of edits) {
    const [, id, name] = /^findings\.([^.]+)\.(.+)$/.exec(path) ?? [];
    if (!id) carried.set(path, value);
    else {
      if (!ids.has(id)) ids.set(id, counterpart(id, draft, edits, values) ?? fresh(id, draft, carried));
      carried.set(`findings.${ids.get(id)}.${name}`, value);
    }
  }
  const added = [...carried].map(([path, value]) => ({
    path, value, base_version: revision.fields[path]?.[1] ?? 0, client, number: nextNumber(), segmentation: revision.segmentation,
  }));
  const kept = new Journal(revision);
  await kept.change({ added });
  // Sent from here, where they are known: another tab may be first to hear that this one is gone.
  const { status } = await post(revision.edits_url, { edits: added }, { person: revision.person });
  if (status === 200) await kept.change({ removed: added });
  await journal.forget();
  saving.queue = [];
  location.assign(response.url);
}

const PARTS = ["step", "error_type", "severity", "explanation", "corrected_text", "marks"];

// The revision names findings anew: the same one is the one that says the same in all that this tab did not change.
function counterpart(id, draft, edits, values) {
  const known = PARTS.filter((part) => !edits.has(`findings.${id}.${part}`));
  const others = [...values.keys()].map((path) => /^findings\.([^.]+)\.step$/.exec(path)?.[1]).filter(Boolean);
  const same = (other) => known.every((part) => JSON.stringify(values.get(`findings.${other}.${part}`) ?? null)
    === JSON.stringify(draft.get(`findings.${id}.${part}`)));
  return known.includes("step") ? others.find(same) : undefined;
}

// A finding that the critique does not have comes whole.
function fresh(id, draft, carried) {
  for (const part of PARTS) {
    const value = draft.get(`findings.${id}.${part}`);
    if (value !== null) carried.set(`findings.${id}.${part}`, value);
  }
  return id;
}
