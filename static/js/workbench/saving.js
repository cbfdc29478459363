// Sends a draft's edits in their order, each until it is acknowledged; says "state" (saved, saving, offline, refused).
import { gettext } from "../words.js";
import { post } from "./post.js";

const PAUSE = 300; // milliseconds after the last key
const MOST_EDITS = 200; // in one request
const LONGEST_WAIT = 30_000; // milliseconds between two tries

export class Saving extends EventTarget {
  constructor(draft, journal) {
    super();
    this.draft = draft;
    this.journal = journal;
    this.client = [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.number = 0;
    this.sent = new Set(); // edits that may have reached the server; they are never altered
    this.queue = journal.read();
    this.failures = 0;
    for (const { path, value } of this.queue) draft.take(path, value);
    draft.addEventListener("edit", (event) => this.add(event.detail));
    addEventListener("online", () => this.flush());
    if (this.queue.length) this.flush();
  }

  add({ path, value }) {
    const last = this.queue.findLast((edit) => edit.path === path);
    if (last && !this.sent.has(last) && last.client === this.client) last.value = value;
    else {
      const base_version = this.draft.versions.get(path) ?? 0;
      this.queue.push({ path, value, base_version, client: this.client, number: ++this.number });
    }
    this.journal.write(this.queue);
    this.tell(this.failures ? "offline" : "saving");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), PAUSE);
  }

  // Resolves to true once nothing is left to send, to false when the server could not be reached or refused.
  flush() {
    clearTimeout(this.timer);
    this.running ??= this.send().finally(() => { this.running = null; });
    return this.running;
  }

  async send() {
    while (this.queue.length) {
      this.tell("saving");
      const batch = this.queue.slice(0, MOST_EDITS);
      batch.forEach((edit) => this.sent.add(edit));
      const reply = await post(this.draft.state.edits_url, { edits: batch });
      if (reply.status === 200) this.acknowledge(batch, reply.json);
      else if (reply.status === 400) this.drop(reply.json);
      else return this.wait(reply);
      this.failures = 0;
      this.journal.write(this.queue);
    }
    this.tell("saved");
    return true;
  }

  acknowledge(batch, { versions, conflicts, known }) {
    this.queue = this.queue.filter((edit) => !batch.includes(edit));
    batch.forEach((edit) => this.sent.delete(edit));
    for (const [path, version] of Object.entries(versions)) this.draft.versions.set(path, version);
    for (const [path, value] of Object.entries(known)) {
      if (!this.queue.some((edit) => edit.path === path)) this.draft.take(path, value);
    }
    for (const conflict of conflicts) this.dispatchEvent(new CustomEvent("conflict", { detail: conflict }));
  }

  // The server takes none of a batch when one value does not fit: that one goes, the others are sent again.
  drop({ field, error }) {
    const before = this.queue.length;
    this.queue = this.queue.filter((edit) => edit.path !== field && !field.startsWith(`${edit.path}.`));
    if (this.queue.length === before) this.queue = [];
    this.dispatchEvent(new CustomEvent("refused", { detail: error }));
  }

  wait(reply) {
    if (reply.status === 410) {
      this.tell("refused", gettext("Submitted in another tab"));
      return false;
    }
    this.failures += 1;
    this.tell("offline", reply.status === 401 ? gettext("Logged out: log in in another tab") : gettext("Offline, will retry"));
    this.timer = setTimeout(() => this.flush(), Math.min(LONGEST_WAIT, 1000 * 2 ** (this.failures - 1)));
    return false;
  }

  tell(state, text = { saved: gettext("Saved"), saving: gettext("Saving …"), offline: gettext("Offline, will retry") }[state]) {
    this.dispatchEvent(new CustomEvent("state", { detail: { state, text } }));
  }
}
