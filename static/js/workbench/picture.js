// One image in its SVG: zoom, pan, rotate and fit by attributes alone. Says "view" when what is seen has changed.
const NEAREST = 40; // times nearer than the whole image
const STEP = 1.25;

export class Picture extends EventTarget {
  constructor(svg) {
    super();
    this.svg = svg;
    this.number = Number(svg.dataset.image);
    this.width = Number(svg.dataset.width);
    this.height = Number(svg.dataset.height);
    this.turned = svg.querySelector("[data-turn]");
    this.turn = 0;
    this.fit();
    svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * 0.0015), this.point(event));
    }, { passive: false });
    svg.addEventListener("pointerdown", (event) => this.grab(event));
    new ResizeObserver(() => this.dispatchEvent(new Event("view"))).observe(svg);
  }

  get turnedSize() {
    return this.turn % 180 ? [this.height, this.width] : [this.width, this.height];
  }

  fit() {
    const [width, height] = this.turnedSize;
    this.view = { x: 0, y: 0, width, height };
    this.show();
  }

  rotate() {
    this.turn = (this.turn + 90) % 360;
    const [width, height] = [this.width, this.height];
    const moved = { 0: "", 90: `translate(${height} 0) rotate(90)`, 180: `translate(${width} ${height}) rotate(180)`, 270: `translate(0 ${width}) rotate(270)` };
    this.turned.setAttribute("transform", moved[this.turn]);
    this.fit();
  }

  nearer() {
    this.zoom(STEP);
  }

  farther() {
    this.zoom(1 / STEP);
  }

  zoom(factor, about = { x: this.view.x + this.view.width / 2, y: this.view.y + this.view.height / 2 }) {
    const [width] = this.turnedSize;
    const wanted = Math.min(width * 2, Math.max(width / NEAREST, this.view.width / factor));
    const scale = wanted / this.view.width;
    this.view = {
      x: about.x - (about.x - this.view.x) * scale,
      y: about.y - (about.y - this.view.y) * scale,
      width: wanted,
      height: this.view.height * scale,
    };
    this.show();
  }

  // Not while a box is drawn; the drawing says so by the class.
  grab(event) {
    if (event.button !== 0 || this.svg.classList.contains("drawing")) return;
    const from = this.point(event);
    const move = (moved) => {
      const to = this.point(moved);
      this.view.x += from.x - to.x;
      this.view.y += from.y - to.y;
      this.show();
    };
    const drop = () => {
      this.svg.classList.remove("moving");
      this.svg.removeEventListener("pointermove", move);
    };
    this.svg.classList.add("moving");
    this.svg.setPointerCapture(event.pointerId);
    this.svg.addEventListener("pointermove", move);
    this.svg.addEventListener("lostpointercapture", drop, { once: true });
  }

  show() {
    const { x, y, width, height } = this.view;
    this.svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    this.dispatchEvent(new Event("view"));
  }

  // Where the pointer is, in the units of the view.
  point({ clientX, clientY }) {
    return new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM().inverse());
  }

  // Where the pointer is, as fractions of the upright image; what lies outside comes to its edge.
  fraction({ clientX, clientY }) {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(this.turned.getScreenCTM().inverse());
    const inside = (value) => Math.min(1, Math.max(0, value));
    return [inside(x / this.width), inside(y / this.height)];
  }

  // How many units of the view one pixel of the screen is.
  get unitsPerPixel() {
    const matrix = this.turned.getScreenCTM();
    return matrix ? 1 / Math.hypot(matrix.a, matrix.b) : 1;
  }
}
