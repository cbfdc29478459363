// Drawing a box: drag on the image, or from the keyboard: arrows move it, Shift with arrows sizes it, Enter keeps it.
const STEP = 0.02; // of the image
const FINE = 0.005; // with Alt
const SMALLEST = 0.005;
const round = (value) => Math.round(value * 1e6) / 1e6;

export class Box {
  constructor({ regions, findings, steps, current, button }) {
    Object.assign(this, { regions, findings, steps, current, button, picture: null });
  }

  begin() {
    if (this.picture || !this.steps.number || !this.current()) {
      this.end();
      return;
    }
    this.picture = this.current();
    this.picture.svg.classList.add("drawing");
    this.button.setAttribute("aria-pressed", "true");
    this.draw = (event) => this.drag(event);
    this.picture.svg.addEventListener("pointerdown", this.draw);
    this.place([0.4, 0.4], [0.6, 0.6]);
  }

  place(one, other) {
    const [left, right] = [one[0], other[0]].sort((a, b) => a - b).map(round);
    const [top, bottom] = [one[1], other[1]].sort((a, b) => a - b).map(round);
    const mark = { kind: "region", image: this.picture.number, shape: "box", points: [[left, top], [right, bottom]] };
    this.regions.fresh = { picture: this.picture, mark };
    this.regions.showOn(this.picture);
  }

  drag(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    const { svg } = this.picture;
    const from = this.picture.fraction(event);
    const move = (moved) => this.place(from, this.picture.fraction(moved));
    svg.setPointerCapture(event.pointerId);
    svg.addEventListener("pointermove", move);
    svg.addEventListener("pointerup", (dropped) => {
      svg.removeEventListener("pointermove", move);
      this.place(from, this.picture.fraction(dropped));
      this.keep();
    }, { once: true });
  }

  keep() {
    const { mark } = this.regions.fresh;
    const [[left, top], [right, bottom]] = mark.points;
    this.end();
    if (right - left >= SMALLEST && bottom - top >= SMALLEST) this.findings.addMark(mark);
  }

  end() {
    const { picture } = this;
    this.button.setAttribute("aria-pressed", "false");
    if (!picture) return;
    this.picture = null;
    this.regions.fresh = null;
    picture.svg.classList.remove("drawing");
    picture.svg.removeEventListener("pointerdown", this.draw);
    this.regions.showOn(picture);
  }

  // Whether the key was for the box.
  key(event) {
    if (!this.picture) return false;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) this.nudge(way.map((part) => part * (event.altKey ? FINE : STEP)), event.shiftKey);
    else if (event.key === "Enter") this.keep();
    else if (event.key === "Escape") this.end();
    else return false;
    return true;
  }

  nudge([across, down], isSize) {
    const [[left, top], [right, bottom]] = this.regions.fresh.mark.points;
    const within = (value, least, most) => Math.min(most, Math.max(least, value));
    if (isSize) {
      this.place([left, top], [within(right + across, left + SMALLEST, 1), within(bottom + down, top + SMALLEST, 1)]);
      return;
    }
    const x = within(left + across, 0, 1 - (right - left));
    const y = within(top + down, 0, 1 - (bottom - top));
    this.place([x, y], [x + right - left, y + bottom - top]);
  }
}
