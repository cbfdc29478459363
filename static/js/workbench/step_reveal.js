// A chain that is shown step by step: going on from the last shown step asks the server for the next one.
import { gettext } from "../words.js";
import { post } from "./post.js";
import { toast } from "./toast.js";

export class StepReveal {
  constructor(form, { draft, steps, saving }) {
    Object.assign(this, { form, draft, steps, saving });
    this.more = form.querySelector("[data-more]");
  }

  get isDone() {
    return !this.more || this.more.hidden;
  }

  // To the next step; from the last shown one, the next appears once this one is judged.
  async next() {
    if (this.isDone || this.steps.number !== this.draft.stepCount) this.steps.move(1);
    else if (!this.asking) {
      this.asking = true;
      await this.ask();
      this.asking = false;
    }
  }

  async ask() {
    const saved = await this.saving.flush();
    const { status, json } = saved ? await post(this.draft.state.next_step_url) : { status: 0, json: null };
    if (status !== 200) {
      toast(json?.error ?? gettext("The next step cannot be had: the server cannot be reached. What you typed is kept here."), { isError: status !== 409 });
      return;
    }
    if (json.step) this.add(json.step);
    else this.end(json.answer);
    this.steps.move(1);
  }

  add({ html, text }) {
    const template = document.createElement("template");
    template.innerHTML = html;
    this.steps.add(template.content.firstElementChild, text);
  }

  end(answer) {
    this.more.hidden = true;
    this.steps.items.at(-1).hidden = false;
    for (const place of document.querySelectorAll("[data-answer]")) {
      if (answer === null) place.textContent = "none";
      else place.innerHTML = answer; // rendered and escaped by the server, as on the page
    }
  }
}
