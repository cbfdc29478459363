// Shows the open step's regions on the images, numbered and coloured as its findings are.
const SVG = "http://www.w3.org/2000/svg";
const BADGE = 9; // pixels

export class Regions {
  constructor(draft, steps, pictures) {
    Object.assign(this, { draft, steps, pictures, fresh: null });
    draft.addEventListener("change", ({ detail: { path } }) => {
      if (/^findings\..*\.(marks|step)$/.test(path)) this.show();
    });
    steps.addEventListener("open", () => this.show());
    for (const picture of pictures) picture.addEventListener("view", () => this.showOn(picture));
    this.show();
  }

  show() {
    this.pictures.forEach((picture) => this.showOn(picture));
  }

  showOn(picture) {
    const shapes = this.steps.number ? this.draft.findingsOf(this.steps.number).flatMap(({ number, slot, marks }) => marks
      .filter((mark) => mark.kind === "region" && mark.image === picture.number)
      .map((mark) => group(picture, mark, number, slot))) : [];
    if (this.fresh?.picture === picture) shapes.push(group(picture, this.fresh.mark, null, null));
    picture.svg.querySelector("[data-regions]").replaceChildren(...shapes);
  }
}

// Corners as pixels of the upright image; a box is told by two of them.
function outline(picture, { shape, points }) {
  const [[left, top], [right, bottom]] = points;
  const corners = shape === "box" ? [[left, top], [right, top], [right, bottom], [left, bottom]] : points;
  return corners.map(([x, y]) => [x * picture.width, y * picture.height]);
}

function group(picture, mark, number, slot) {
  const corners = outline(picture, mark);
  const points = corners.map((corner) => corner.join(",")).join(" ");
  const children = [element("polygon", { class: "region-halo", points }), element("polygon", { class: "region", points })];
  if (number === null) return element("g", { class: "region-new" }, children);
  const radius = BADGE * picture.unitsPerPixel;
  const [x, y] = corners[0];
  const text = element("text", { "font-size": radius * 1.25, transform: `rotate(${-picture.turn})` });
  text.textContent = number;
  const badge = element("g", { class: "region-number", transform: `translate(${x} ${y})` }, [element("circle", { r: radius }), text]);
  return element("g", { class: `mark-${slot}`, "data-mark": number }, [...children, badge]);
}

function element(name, attributes, children = []) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
