// Every htmx request carries Django's CSRF token, read afresh from its cookie: a log-in elsewhere changes it.
import { csrfToken } from "./csrf.js";

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});
