// Submit: everything typed is saved first; pressed twice it is one critique; what is missing is told and opened.
import { gettext } from "../words.js";
import { post } from "./post.js";
import { toast } from "./toast.js";

export function bindSubmit(form, { draft, saving, steps, clock }) {
  const button = form.querySelector("[data-submit]");
  const submit = async () => {
    if (button.disabled) return;
    button.disabled = true;
    clock.keep(steps.number);
    const saved = await saving.flush();
    const reply = saved ? await post(draft.state.submit_url) : { status: 0, json: null };
    if (reply.status === 200) {
      location.assign(reply.json.next);
      return;
    }
    button.disabled = false;
    if (reply.status === 422) missing(reply.json.missing, steps);
    else toast(reply.json?.error ?? gettext("Not submitted: the server cannot be reached. What you typed is kept here."), { isError: true });
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  return submit;
}

function missing(items, steps) {
  const [first] = items;
  steps.open(steps.item(Math.min(first.step, steps.items.length - 1))); // a later step may not be shown yet
  const where = first.step ? gettext("Step %(number)s", { number: first.step }) : gettext("The answer");
  const more = items.length > 1 ? ` ${gettext("(and %(more)s more)", { more: items.length - 1 })}` : "";
  toast(`${gettext("Not submitted yet.")} ${where}: ${first.what}${more}`, { isError: false });
}
