// What tabs that are gone left of other items than the one on the page: edits, such as of an item that somebody else has
// taken meanwhile, and submits whose end nobody heard. Sent, not shown; all of it may come twice.
import { client, whenGone } from "./client.js";
import { Journal, leftOfOtherDrafts, submitsOfOtherDrafts } from "./journal.js";
import { post } from "./post.js";

export async function sendWhatWasLeft({ person, draft }, signal) {
  const left = await leftOfOtherDrafts(person, draft);
  for (const { draft: of, url, edits } of left) {
    for (const name of new Set(edits.map((edit) => edit.client))) {
      if (name !== client) whenGone(name, () => send(url, person, of, edits.filter((edit) => edit.client === name)), signal);
    }
  }
  for (const { draft: of, url } of await submitsOfOtherDrafts(person, draft)) {
    if (left.some((other) => other.draft === of)) continue; // its edits come first, with the next item
    const { status } = await post(url, {}, { person });
    if ([200, 409, 422].includes(status)) await new Journal({ person, draft: of }).submitting(false);
  }
}

async function send(url, person, draft, edits) {
  const { status } = await post(url, { edits }, { person });
  if (status === 200) await new Journal({ person, draft }).change({ removed: edits });
}
