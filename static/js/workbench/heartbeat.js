// Keeps the item while the page is open and seen; says so when it was given back in the meantime.
import { gettext } from "../words.js";
import { post } from "./post.js";
import { toast } from "./toast.js";

export function startHeartbeat({ heartbeat_url: url, heartbeat_seconds: seconds }) {
  if (!url) return;
  let told = false;
  setInterval(async () => {
    if (document.visibilityState !== "visible") return;
    const { status, json } = await post(url);
    if (status === 200 && !json.held && !told) {
      told = true;
      toast(gettext("You were away for longer than an item is kept, so it went back into the queue. Your draft is kept: submit takes the item again where it is still free."), { isError: true });
    }
  }, seconds * 1000);
}
