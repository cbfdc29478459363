// <form data-publish>: of the <fieldset data-options-of="…"> only that of the chosen format is shown and sent.
for (const form of document.querySelectorAll("form[data-publish]")) {
  const format = form.elements.format;
  const showOptions = () => {
    for (const options of form.querySelectorAll("[data-options-of]")) {
      options.hidden = options.disabled = options.dataset.optionsOf !== format.value;
    }
  };
  format.addEventListener("change", showOptions);
  showOptions();
}
