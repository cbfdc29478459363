// What a reader of the screen cannot see change is said in words, politely.
export function say(text) {
  document.querySelector("[data-said]").textContent = text;
}
