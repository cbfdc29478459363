// Shows the open step's regions on the images, numbered and coloured as its findings are; the one under change with
// handles at its corners and, for a polygon, in the middle of its edges, where new corners are pulled out.
import { corners } from "./shape.js";

const SVG = "http://www.w3.org/2000/svg";
const BADGE = 9; // pixels, as are all below
const HANDLE = 6;
const MIDDLE = 4.5;
const TOUCH = 14; // what a finger hits

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

  // Of the open step: {id, at, number, slot, mark}, in the order of the findings and their marks.
  get all() {
    if (!this.steps.number) return [];
    return this.draft.findingsOf(this.steps.number).flatMap(({ id, number, slot, marks }) => marks
      .map((mark, at) => ({ id, at, number, slot, mark })).filter(({ mark }) => mark.kind === "region"));
  }

  showOn(picture) {
    const { fresh } = this;
    const shapes = this.all
      .filter(({ id, at, mark }) => mark.image === picture.number && !(fresh && fresh.id === id && fresh.at === at))
      .map((region) => group(picture, region));
    if (fresh?.picture === picture) shapes.push(group(picture, fresh, handles(picture, fresh)));
    picture.svg.querySelector("[data-regions]").replaceChildren(...shapes);
  }
}

function pixels(picture, [x, y]) {
  return [x * picture.width, y * picture.height];
}

function group(picture, { id = null, at = null, number = null, slot = null, mark }, handled = null) {
  const outline = corners(mark).map((corner) => pixels(picture, corner));
  const points = outline.map((corner) => corner.join(",")).join(" ");
  const children = [element("polygon", { class: "region-halo", points }), element("polygon", { class: "region", points })];
  const attributes = { class: [handled && "region-new", slot && `mark-${slot}`].filter(Boolean).join(" ") };
  if (number !== null) {
    children.push(badge(picture, outline[0], number));
    attributes["data-mark"] = number;
  }
  if (id !== null) attributes["data-region"] = `${id}:${at}`;
  return element("g", attributes, [...children, ...(handled ?? [])]);
}

function badge(picture, [x, y], number) {
  const radius = BADGE * picture.unitsPerPixel;
  const text = element("text", { "font-size": radius * 1.25, transform: `rotate(${-picture.turn})` });
  text.textContent = number;
  return element("g", { class: "region-number", transform: `translate(${x} ${y})` }, [element("circle", { r: radius }), text]);
}

function handles(picture, { mark, corner = null, isPlacing = false }) {
  if (isPlacing) return [];
  const outline = corners(mark);
  const unit = picture.unitsPerPixel;
  const dot = (point, name, index, radius, isOn) => {
    const [cx, cy] = pixels(picture, point);
    return element("g", { [`data-${name}`]: index, class: isOn ? "handle on" : "handle" }, [
      element("circle", { class: "reach", cx, cy, r: TOUCH * unit }), element("circle", { class: "dot", cx, cy, r: radius * unit }),
    ]);
  };
  const middles = mark.shape === "polygon" ? outline.map(([x, y], index) => {
    const [toX, toY] = outline[(index + 1) % outline.length];
    return dot([(x + toX) / 2, (y + toY) / 2], "middle", index, MIDDLE, false);
  }) : [];
  return [...middles, ...outline.map((point, index) => dot(point, "corner", index, HANDLE, index === corner))];
}

function element(name, attributes, children = []) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
