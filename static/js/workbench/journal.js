// Edits that the server has not acknowledged, kept in this browser until it has: they outlive a crash and a reload.
// One entry a client (tab), so that a tab that is gone is replayed under its own name and numbers.
import { gettext } from "../words.js";
import { toast } from "./toast.js";

const PREFIX = "second-look draft ";

export class Journal {
  constructor(draftId) {
    this.prefix = `${PREFIX}${draftId} `;
    this.written = new Set();
  }

  // All edits left over by any tab of this draft, each tab's in order.
  read() {
    const edits = [];
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(this.prefix))) {
      this.written.add(key);
      edits.push(...JSON.parse(localStorage.getItem(key)));
    }
    return edits;
  }

  write(edits) {
    const byClient = new Map();
    for (const edit of edits) {
      const key = this.prefix + edit.client;
      byClient.set(key, [...(byClient.get(key) ?? []), edit]);
    }
    for (const key of this.written) if (!byClient.has(key)) localStorage.removeItem(key);
    this.written = new Set(byClient.keys());
    try {
      for (const [key, own] of byClient) localStorage.setItem(key, JSON.stringify(own));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      if (!this.isFull) toast(gettext("This browser has no room left to keep what is not saved yet: do not close the page while it says Offline."), { isError: true });
      this.isFull = true; // saving goes on without
    }
  }
}
