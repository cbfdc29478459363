// JSON to the server and back: { status, json }. Status 0: not reached; 401: the session has ended; 409 with
// `somebody_else`: another person has logged in since this page was opened.
import { csrfToken } from "../csrf.js";

const PATIENCE = 20_000; // milliseconds

export async function post(url, body = {}, { person, keepalive = false } = {}) {
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual", // the only redirect here leads to the log-in page
      keepalive,
      signal: AbortSignal.timeout(PATIENCE),
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken(), ...(person && { "X-Person": person }) },
      body: JSON.stringify(body),
    });
    if (response.type === "opaqueredirect" || response.status === 403) return { status: 401, json: null };
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    return { status: response.status, json: isJson ? await response.json() : null };
  } catch (error) {
    const isNetwork = error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException;
    if (isNetwork) return { status: 0, json: null };
    throw error;
  }
}
