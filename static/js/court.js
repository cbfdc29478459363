// The court by keyboard: 1 to 5 press the ruling's button. A duplicate needs its other finding chosen first.
const other = document.querySelector("#duplicate_of");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  const button = document.querySelector(`.verdicts [data-key="${CSS.escape(event.key)}"]`);
  if (!button) return;
  if (button.value === "duplicate" && !other.value) other.focus();
  else button.click();
});

document.querySelector("#here")?.scrollIntoView({ block: "nearest" });
