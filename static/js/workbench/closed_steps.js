// Closed steps come as their text alone: their controls are made here from one template, which stands for a step of the
// number that it carries. Without scripts the page is another one, in which every step has its own (web/annotate.py).
export function fillClosedSteps(form) {
  const template = document.getElementById("step-template");
  if (!template) return;
  const placeholder = new RegExp(`\\b${template.dataset.number}\\b`, "g");
  for (const item of form.querySelectorAll("[data-step]:not(.answer)")) {
    if (!item.querySelector(".judge")) item.append(controlsOf(template, placeholder, Number(item.dataset.step)));
  }
}

function controlsOf(template, placeholder, number) {
  const controls = template.content.querySelector(".judge").cloneNode(true);
  for (const part of controls.querySelectorAll("*")) {
    for (const { name, value } of [...part.attributes]) part.setAttribute(name, value.replace(placeholder, number));
  }
  if (number === 1) controls.querySelector(".inherits")?.remove();
  return controls;
}
