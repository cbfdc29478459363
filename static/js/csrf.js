// Django's CSRF token, from its cookie.
export function csrfToken() {
  const pair = document.cookie.split("; ").find((cookie) => cookie.startsWith("csrftoken="));
  return pair ? decodeURIComponent(pair.slice("csrftoken=".length)) : "";
}
