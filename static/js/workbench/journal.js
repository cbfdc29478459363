// Edits that the server has not acknowledged, kept in this browser until it has: they outlive a crash and a reload. Kept
// per person, draft and tab; an edit is written once under its number and never altered.
import { transact, under } from "./store.js";

export class Journal {
  constructor({ person, draft, edits_url: url, submit_url: submitUrl }) {
    Object.assign(this, { person, draft, url, submitUrl });
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
    return (rows ?? []).map(({ path, value, base_version, client: by, number }) => ({ path, value, base_version, client: by, number }));
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

  readHistory() {
    return transact(["history"], "readonly", (history) => history.get([this.person, this.draft]));
  }

  writeHistory({ undo, redo }) {
    return transact(["history"], "readwrite", (history) => history.put({ person: this.person, draft: this.draft, undo, redo }));
  }
}

// What is left of other drafts of this person, such as of an item that went to somebody else: [{ draft, url, edits }, …].
export async function leftOfOtherDrafts(person, draft) {
  const rows = (await transact(["edits"], "readonly", (edits) => edits.getAll(under(person)))) ?? [];
  const byDraft = new Map();
  for (const { draft: of, url, path, value, base_version, client, number } of rows) {
    if (of === draft) continue;
    if (!byDraft.has(of)) byDraft.set(of, { draft: of, url, edits: [] });
    byDraft.get(of).edits.push({ path, value, base_version, client, number });
  }
  return [...byDraft.values()];
}

// Submits of other drafts whose end nobody heard, as rows { person, draft, url }.
export async function submitsOfOtherDrafts(person, draft) {
  const rows = await transact(["submits"], "readonly", (submits) => submits.getAll(under(person)));
  return (rows ?? []).filter((row) => row.draft !== draft);
}
