// A sign of life while somebody works here: it keeps the item, and brings what other tabs and devices wrote. None is sent
// while nobody touches the page, so that an item that was left goes back into the queue.
import { gettext } from "../words.js";
import { post } from "./post.js";
import { toast } from "./toast.js";

const EVERY = 20_000; // milliseconds

export class Heartbeat {
  constructor(draft, saving, clock, signal) {
    Object.assign(this, { draft, saving, clock, isLost: false });
    this.channel = new BroadcastChannel(`second-look draft ${draft.state.draft}`);
    this.channel.addEventListener("message", () => this.beat());
    saving.addEventListener("saved", () => this.channel.postMessage("saved"));
    const back = () => { if (document.visibilityState === "visible") this.beat(); };
    document.addEventListener("visibilitychange", back, { signal });
    addEventListener("focus", back, { signal });
    addEventListener("online", back, { signal });
    const timer = setInterval(() => {
      if (document.visibilityState === "visible" && clock.wasTouchedWithin(EVERY * 1.5)) this.beat();
    }, EVERY);
    signal.addEventListener("abort", () => {
      clearInterval(timer);
      this.channel.close();
    });
    this.beat();
  }

  async beat() {
    const { saving, draft } = this;
    if (saving.blocked === "gone" || saving.blocked === "somebody-else") return;
    const reply = await post(draft.state.heartbeat_url, { since: saving.version }, { person: draft.state.person });
    if (saving.signal.aborted) return;
    if (reply.status === 200) this.heard(reply.json);
    else if (reply.status === 401 || reply.status === 409 || reply.status === 410) saving.wait(reply);
  }

  heard({ held, was_lost, version, changes, segmentation }) {
    this.saving.learn({ version, changes, segmentation });
    if (this.saving.blocked === "logged-out" || this.saving.since) this.saving.retry();
    if (held && was_lost) toast(gettext("You were away for longer than an item is kept. It was still free: it is yours again, with all you typed."));
    if (!held && !this.isLost) {
      toast(gettext("You were away for longer than an item is kept, and somebody else has taken it. Your draft is kept: submit it all the same, or skip the item."), { isError: true });
    }
    this.isLost = !held;
  }
}
