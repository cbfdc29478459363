// Edits that the server has not acknowledged, kept in this browser until it has: they outlive a crash and a reload. Kept
// per person, draft and tab; an edit is written once under its number and never altered.
import { transact, under } from "./store.js";

export class Journal {
  constructor({ person, draft, segmentation, edits_url: url, submit_url: submitUrl }) {
    Object.assign(this, { person, draft, segmentation, url, submitUrl });
  }

  // One write: what is new, and what it takes the place of.
  change({ added = [], removed = [] }) {
    const { person, draft, url } = this;
    return transact(["edits"], "readwrite", (edits) => {
      for (const edit of removed) edits.delete([person, draft, edit.client, edit.number]);
      for (const edit of added) edits.put({ ...edit, person, draft, url });
    });
  }

  // Names of the tabs that have edits of this draft here.
  async clients() {
    return [...new Set((await this.read()).map(({ client }) => client))];
  }

  // Edits of one tab, or of all, each tab's in their order.
  async read(...client) {
    const rows = await transact(["edits"], "readonly", (edits) => edits.getAll(under(this.person, this.draft, ...client)));
    return (rows ?? []).map(edited);
  }

  // The draft is a critique now: nothing of it has to be kept.
  forget() {
    const { person, draft } = this;
    return transact(["edits", "history", "submits"], "readwrite", (edits, history, submits) => {
      edits.delete(under(person, draft));
      history.delete([person, draft]);
      submits.delete([person, draft]);
    });
  }

  // A submit that may or may not have reached the server.
  submitting(is) {
    const key = [this.person, this.draft];
    return transact(["submits"], "readwrite", (submits) => (is
      ? submits.put({ person: this.person, draft: this.draft, url: this.submitUrl })
      : submits.delete(key)));
  }

  async isSubmitting() {
    return Boolean(await transact(["submits"], "readonly", (submits) => submits.get([this.person, this.draft])));
  }

  // Under another cut into steps the numbers of steps mean others: what could be undone then is gone.
  async readHistory() {
    const row = await transact(["history"], "readonly", (history) => history.get([this.person, this.draft]));
    return row?.segmentation === this.segmentation ? row : undefined;
  }

  writeHistory({ undo, redo }) {
    const { person, draft, segmentation } = this;
    return transact(["history"], "readwrite", (history) => history.put({ person, draft, segmentation, undo, redo }));
  }
}

// The edit of a row, as it is sent; `segmentation` says under which cut into steps it was made.
function edited({ path, value, base_version, client, number, segmentation }) {
  return { path, value, base_version, client, number, segmentation };
}

// What is left of other drafts of this person, such as of an item that went to somebody else: [{ draft, url, edits }, …].
export async function leftOfOtherDrafts(person, draft) {
  const rows = (await transact(["edits"], "readonly", (edits) => edits.getAll(under(person)))) ?? [];
  const byDraft = new Map();
  for (const { draft: of, url, ...row } of rows) {
    if (of === draft) continue;
    if (!byDraft.has(of)) byDraft.set(of, { draft: of, url, edits: [] });
    byDraft.get(of).edits.push(edited(row));
  }
  return [...byDraft.values()];
}

// Submits of other drafts whose end nobody heard, as rows { person, draft, url }.
export async function submitsOfOtherDrafts(person, draft) {
  const rows = await transact(["submits"], "readonly", (submits) => submits.getAll(under(person)));
  return (rows ?? []).filter((row) => row.draft !== draft);
}
