// JSON to the server and back: { status, json }. Status 0: not reached; 401: the session has ended.
import { csrfToken } from "../csrf.js";

export async function post(url, body = {}) {
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual", // the only redirect here leads to the log-in page
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(body),
    });
    if (response.type === "opaqueredirect" || response.status === 403) return { status: 401, json: null };
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    return { status: response.status, json: isJson ? await response.json() : null };
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) return { status: 0, json: null };
    throw error;
  }
}
