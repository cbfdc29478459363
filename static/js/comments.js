// A link on a step or finding goes to the form with that place chosen, without loading the page anew; a thread that an
// address names is unfolded.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-about]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const place = document.getElementById("say-about");
  if (![...place.options].some(({ value }) => value === link.dataset.about)) return;
  event.preventDefault();
  place.value = link.dataset.about;
  document.getElementById("say-text").focus({ preventScroll: true });
  document.getElementById("say").scrollIntoView({ block: "nearest" });
});

const named = () => {
  const thread = location.hash.startsWith("#thread-") && document.getElementById(location.hash.slice(1));
  if (!thread) return;
  const folded = thread.closest("details.resolved");
  if (folded) folded.open = true;
  thread.scrollIntoView({ block: "nearest" });
};
addEventListener("hashchange", named);
named();
