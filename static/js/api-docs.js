// A form with data-api-call sends its call and shows the answer. Parameters go where their data-in says.
import { csrfToken } from "./csrf.js";
import { gettext } from "./words.js";

const LONGEST = 20000; // characters shown of an answer

function address(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const input of form.querySelectorAll("[data-in]")) {
    if (input.dataset.in === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value) query.set(input.name, input.value);
  }
  return query.size ? `${path}?${query}` : path;
}

async function call(form) {
  const { method } = form.dataset;
  const body = form.elements.namedItem("body")?.value;
  const headers = method === "GET" ? {} : { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  const answer = await fetch(address(form), { method, headers, body: method === "GET" ? undefined : body });
  const words = await answer.text();
  return `${answer.status} ${answer.statusText}\n${pretty(words)}`.slice(0, LONGEST);
}

function pretty(words) {
  try {
    return JSON.stringify(JSON.parse(words), null, 2);
  } catch {
    return words;
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-api-call]");
  if (!form) return;
  event.preventDefault();
  const shown = form.querySelector("[data-answer]");
  shown.hidden = false;
  shown.textContent = "…";
  try {
    shown.textContent = await call(form);
  } catch (error) {
    shown.textContent = `${gettext("The server could not be reached.")} ${error.message}`;
  }
});
