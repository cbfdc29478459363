// Sends a draft's edits in their order, each until it is acknowledged. An edit that has its number is never altered, only
// replaced by a later one, so that a retry, a replay from the journal and two tabs at once all come to one.
// Says "state" (what is in sight), "covered" (an edit of ours went over one of another tab, or the other way round),
// "saved", "gone" (the draft was submitted elsewhere), "logged-out", "somebody-else" and "refused".
import { client, nextNumber, whenGone } from "./client.js";
import { post } from "./post.js";

const PAUSE = 300; // milliseconds after the last key
const MOST_EDITS = 200; // in one request
const LONGEST_WAIT = 30_000; // milliseconds between two tries
const NOT_BY_HAND = /\.(seconds|steps_seen)$/;
const LONGEST_FAREWELL = 60_000; // characters that a browser sends of a page that closes

export class Saving extends EventTarget {
  constructor(draft, journal, signal) {
    super();
    Object.assign(this, { draft, journal, signal, failures: 0, queue: [], since: null, blocked: null });
    this.version = draft.state.version;
    this.inFlight = new Set();
    draft.addEventListener("edit", (event) => this.add(event.detail));
    addEventListener("online", () => this.retry(), { signal });
    addEventListener("pagehide", () => this.farewell(), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.timer));
    this.ready = this.takeOver();
  }

  // Edits that tabs which are gone left behind are sent under their own names and numbers.
  async takeOver() {
    const left = (await this.journal.clients()).filter((name) => name !== client);
    await Promise.all(left.map((name) => new Promise((resolve) => {
      setTimeout(resolve, PAUSE); // a tab that lives on keeps its own
      whenGone(name, async () => {
        this.adopt(await this.journal.read(name));
        resolve();
      }, this.signal);
    })));
  }

  adopt(edits) {
    if (this.signal.aborted || !edits.length) return;
    const own = new Set(this.queue.map(({ path }) => path));
    this.queue.unshift(...edits);
    for (const { path, value } of edits) if (!own.has(path)) this.draft.take(path, value);
    this.flush();
  }

  add({ path, value }) {
    const waiting = this.queue.find((edit) => edit.path === path && edit.client === client && !this.inFlight.has(edit));
    const base_version = waiting ? waiting.base_version : this.draft.versions.get(path) ?? 0;
    const edit = { path, value, base_version, client, number: nextNumber(), segmentation: this.draft.state.segmentation };
    this.queue = this.queue.filter((other) => other !== waiting);
    this.queue.push(edit);
    this.journal.change({ added: [edit], removed: waiting ? [waiting] : [] });
    this.tell();
    if (this.blocked || this.failures) return; // a timer of its own tries again
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), PAUSE);
  }

  // Resolves to true once nothing is left to send, to false when the server could not be reached or refused.
  flush() {
    clearTimeout(this.timer);
    this.running ??= this.send().finally(() => { this.running = null; });
    return this.running;
  }

  // What may go along with a submit, to spare it a request: nothing, or time spent. Null where more is left or on its way.
  takeAlong() {
    const isQuiet = !this.running && !this.blocked && !this.failures;
    if (!isQuiet || this.queue.some(({ path }) => !path.endsWith(".seconds"))) return null;
    clearTimeout(this.timer);
    return this.queue.slice(0, MOST_EDITS);
  }

  retry() {
    this.blocked = null;
    return this.flush();
  }

  async send() {
    while (this.queue.length) {
      if (this.signal.aborted || this.blocked) return false;
      const batch = this.queue.slice(0, MOST_EDITS);
      batch.forEach((edit) => this.inFlight.add(edit));
      this.tell();
      const reply = await this.post({ edits: batch, since: this.version });
      this.inFlight.clear();
      if (reply.status === 200) this.acknowledge(batch, reply.json);
      else if (reply.status === 400) this.drop(reply.json);
      else return this.wait(reply);
      this.reached();
    }
    this.tell();
    this.dispatchEvent(new Event("saved"));
    return true;
  }

  post(body, options = {}) {
    return post(this.draft.state.edits_url, body, { person: this.draft.state.person, ...options });
  }

  acknowledge(batch, { version, versions, conflicts, known, changes, segmentation }) {
    this.queue = this.queue.filter((edit) => !batch.includes(edit));
    this.journal.change({ removed: batch });
    if (this.isCutAnew(segmentation)) return;
    for (const [path, at] of Object.entries(versions)) this.draft.versions.set(path, at);
    for (const [path, value] of Object.entries(known)) if (!this.isWaiting(path)) this.draft.take(path, value);
    const covered = new Map(conflicts.map((conflict) => [conflict.path, conflict]));
    for (const { path, value } of covered.values()) this.covered({ path, theirs: value, mine: this.draft.get(path), isOurs: true });
    this.learn({ version, changes: changes.filter(({ path }) => !(path in versions)) });
  }

  // What other tabs and devices wrote. A field with an edit of ours on its way is settled when that one arrives.
  learn({ version, changes, segmentation }) {
    if (this.isCutAnew(segmentation)) return;
    this.version = Math.max(this.version, version);
    for (const { path, value, version: at, client: by } of changes) {
      if (by === client || this.isWaiting(path) || at <= (this.draft.versions.get(path) ?? 0)) continue;
      this.draft.versions.set(path, at);
      const mine = this.draft.get(path);
      this.draft.take(path, value);
      if (JSON.stringify(mine) !== JSON.stringify(this.draft.get(path))) this.covered({ path, theirs: value, mine, isOurs: false });
    }
  }

  // A reviewer has cut the chain anew: the server has moved the draft along, and the page is loaded again once all is sent.
  isCutAnew(segmentation) {
    if (segmentation === undefined || segmentation === this.draft.state.segmentation) return false;
    if (!this.queue.length) this.dispatchEvent(new Event("cut-anew"));
    return true;
  }

  covered(detail) {
    if (!NOT_BY_HAND.test(detail.path)) this.dispatchEvent(new CustomEvent("covered", { detail }));
  }

  isWaiting(path) {
    return this.queue.some((edit) => edit.path === path);
  }

  // The server takes none of a batch when one value does not fit: that one goes, the others are sent again.
  drop({ field = "", error = "the server could not read it" }) {
    const dropped = this.queue.filter((edit) => edit.path === field || field.startsWith(`${edit.path}.`));
    const gone = dropped.length ? dropped : this.queue;
    this.queue = this.queue.filter((edit) => !gone.includes(edit));
    this.journal.change({ removed: gone });
    this.dispatchEvent(new CustomEvent("refused", { detail: error }));
  }

  reached() {
    this.failures = 0;
    this.since = null;
    this.tell();
  }

  wait({ status, json }) {
    const blocked = { 410: "gone", 401: "logged-out", 409: "somebody-else" }[status];
    if (blocked) {
      this.blocked = blocked;
      this.tell();
      this.dispatchEvent(new CustomEvent(blocked, { detail: json }));
      return false;
    }
    this.failures += 1;
    this.since ??= new Date();
    this.tell();
    this.timer = setTimeout(() => this.flush(), Math.min(LONGEST_WAIT, 1000 * 2 ** (this.failures - 1)));
    return false;
  }

  // A page that closes sends what it has, and does not hear the answer; what is not acknowledged stays in the journal.
  farewell() {
    const edits = this.queue.slice(0, MOST_EDITS);
    if (edits.length && !this.blocked && JSON.stringify(edits).length < LONGEST_FAREWELL) this.post({ edits, since: this.version }, { keepalive: true });
  }

  get state() {
    if (this.blocked) return this.blocked;
    if (this.since) return "offline";
    return this.queue.length ? "saving" : "saved";
  }

  tell() {
    const paths = this.queue.map(({ path }) => path);
    this.dispatchEvent(new CustomEvent("state", { detail: { state: this.state, since: this.since, paths } }));
  }
}
