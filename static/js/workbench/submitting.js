// Submit: everything typed is saved first; pressed twice, retried or taken up again after a crash, it is one critique.
// What is missing is told and opened. Without a connection it waits, and any further edit takes it back.
import { gettext } from "../words.js";
import { post } from "./post.js";
import { toast } from "./toast.js";

const RETRY = 2000; // milliseconds

export class Submitting {
  constructor(form, { draft, saving, steps, clock, journal, onward }) {
    Object.assign(this, { draft, saving, steps, clock, journal, onward, isWaiting: false, isSending: false });
    this.button = form.querySelector("[data-submit]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    draft.addEventListener("edit", ({ detail: { path } }) => {
      if (this.isWaiting && !path.endsWith(".seconds")) this.takeBack();
    });
    saving.addEventListener("saved", () => { if (this.isWaiting) this.submit(); });
  }

  // A submit that an earlier page of this item did not hear the end of.
  async takeUp() {
    if (await this.journal.isSubmitting()) await this.submit();
  }

  async submit() {
    if (this.button.disabled) return;
    this.button.disabled = true;
    try {
      if (!this.isWaiting) this.clock.keep(this.steps.number);
      const along = this.saving.takeAlong();
      const isSaved = along || (await this.saving.flush());
      // Gone while we wait: it was this submit, whose answer got lost; asked again, it is told again.
      if (isSaved || (this.isWaiting && this.saving.blocked === "gone")) await this.send(along ?? []);
      else if (this.saving.state === "offline") this.putOff();
    } finally {
      this.button.disabled = false;
    }
  }

  async send(edits) {
    const noted = this.journal.submitting(true);
    const { submit_url: url, person } = this.draft.state;
    this.isSending = true;
    const { status, json } = await post(url, { edits }, { person });
    this.isSending = false;
    await noted;
    if (status === 200) {
      this.isWaiting = false;
      this.journal.forget();
      await this.onward(json.next);
      return;
    }
    if (status === 0 || status >= 500) {
      this.putOff();
      return;
    }
    this.isWaiting = false;
    this.saving.reached();
    await this.journal.submitting(false);
    if (status === 400) this.saving.drop(json);
    this.saving.flush(); // what went along is sent by itself: it counts once
    if (status === 422) missing(json.missing, this.steps);
    else if (status === 401 || (status === 409 && json?.somebody_else)) this.saving.wait({ status, json });
    else toast(json?.error ?? gettext("Not submitted: the server refused it."), { isError: true });
  }

  putOff() {
    if (!this.isWaiting) toast(gettext("Not submitted yet: the server cannot be reached. It is submitted as soon as it can be, unless you change something."));
    this.isWaiting = true;
    this.journal.submitting(true);
    if (this.saving.blocked === "gone") setTimeout(() => this.submit(), RETRY); // it has arrived; only its answer has not
    else this.saving.wait({ status: 0 });
  }

  takeBack() {
    this.isWaiting = false;
    this.journal.submitting(false);
    toast(gettext("You changed something: press Submit again when you are done."));
  }
}

function missing(items, steps) {
  const [first] = items;
  steps.open(steps.item(Math.min(first.step, steps.items.length - 1))); // a later step may not be shown yet
  const where = first.step ? gettext("Step %(number)s", { number: first.step }) : gettext("The answer");
  const more = items.length > 1 ? gettext("(and %(more)s more)", { more: items.length - 1 }) : "";
  toast(`${gettext("Not submitted yet.")} ${where}: ${first.what} ${more}`, { isError: false });
}
