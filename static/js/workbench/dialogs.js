// Dialogs of the page: guideline (fetched when it is asked for), skip.
export function bindDialogs() {
  const open = (id) => document.getElementById(id).showModal();
  for (const button of document.querySelectorAll("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  return {
    skip: () => open("skip"),
    guideline: async () => {
      open("guideline");
      await window.htmx.ajax("GET", document.querySelector('[data-do="guideline"]').href, "#guideline [data-guideline]");
    },
  };
}
