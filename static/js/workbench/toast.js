// A sentence in the corner, read out, gone after a while; errors stay until they are pressed away.
const SHOWN = 8000; // milliseconds

export function toast(text, { isError = false } = {}) {
  const place = document.querySelector("[data-toasts]");
  const message = document.createElement("p");
  message.className = isError ? "toast error" : "toast";
  message.textContent = text;
  message.addEventListener("click", () => message.remove());
  place.append(message);
  if (!isError) setTimeout(() => message.remove(), SHOWN);
}
