// The images of the problem: one shown at a time, and the tools above it.
export class Stage {
  constructor(look, pictures) {
    this.stage = look.querySelector("[data-stage]");
    this.pictures = pictures;
    this.tabs = [...look.querySelectorAll("[data-show-image]")];
    this.light = look.querySelector('[data-do="light"]');
    for (const tab of this.tabs) tab.addEventListener("click", () => this.show(Number(tab.dataset.showImage)));
    if (pictures.length) this.show(pictures[0].number);
  }

  show(number) {
    this.current = this.pictures.find((picture) => picture.number === number);
    for (const picture of this.pictures) picture.svg.toggleAttribute("hidden", picture !== this.current);
    for (const tab of this.tabs) tab.setAttribute("aria-pressed", String(Number(tab.dataset.showImage) === number));
  }

  actions() {
    return {
      fit: () => this.current?.fit(),
      nearer: () => this.current?.nearer(),
      farther: () => this.current?.farther(),
      rotate: () => this.current?.rotate(),
      light: () => {
        const isLight = this.stage.dataset.ground !== "light";
        this.stage.dataset.ground = isLight ? "light" : "";
        this.light.setAttribute("aria-pressed", String(isLight));
      },
    };
  }
}
