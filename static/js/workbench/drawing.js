// Regions made and changed: drawn, moved and reshaped by mouse or finger, or all of it from the keyboard.
import { gettext } from "../words.js";
import { changedByKey } from "./region_keys.js";
import { say } from "./said.js";
import { box, corners, isLargeEnough, moved, polygon, withCorner, withCornerAfter, withoutCorner } from "./shape.js";

const CENTRE = [[0.4, 0.4], [0.6, 0.6]];
const DIAMOND = [[0.5, 0.38], [0.62, 0.5], [0.5, 0.62], [0.38, 0.5]];
const CLOSE = 12; // pixels from a corner, within which a click closes a polygon and a double click takes the corner away

export class Drawing {
  constructor({ regions, findings, steps, stage, buttons }) {
    Object.assign(this, { regions, findings, steps, stage, buttons });
    for (const picture of stage.pictures) {
      picture.svg.addEventListener("pointerdown", (event) => this.press(picture, event), { capture: true });
      picture.svg.addEventListener("pointermove", (event) => this.follow(picture, event));
      picture.svg.addEventListener("dblclick", (event) => this.twice(picture, event));
    }
    steps.addEventListener("open", () => this.leave());
  }

  // What is under change: {picture, mark, corner, id, at, number, slot, isPlacing}; id is null while it is new.
  get fresh() {
    return this.regions.fresh;
  }

  set fresh(value) {
    const before = this.regions.fresh;
    this.regions.fresh = value;
    for (const picture of new Set([before?.picture, value?.picture].filter(Boolean))) {
      picture.svg.classList.toggle("drawing", Boolean(value && value.id === null && value.picture === picture));
      this.regions.showOn(picture);
    }
    for (const [shape, button] of Object.entries(this.buttons)) {
      button.setAttribute("aria-pressed", String(Boolean(value && value.id === null && value.mark.shape === shape)));
    }
  }

  begin(shape) {
    const picture = this.stage.current;
    const wasThis = this.fresh?.id === null && this.fresh.mark.shape === shape;
    this.leave();
    if (wasThis || !this.steps.number || !picture) return;
    const mark = shape === "box" ? box(picture.number, ...CENTRE) : polygon(picture.number, DIAMOND);
    this.fresh = { picture, mark, corner: null, id: null, at: null, number: null, slot: null, isPlacing: false };
  }

  edit(id, at) {
    const found = this.regions.all.find((region) => region.id === id && region.at === at);
    if (!found) return;
    this.leave();
    this.stage.show(found.mark.image);
    this.fresh = { ...found, picture: this.stage.current, corner: null, isPlacing: false };
  }

  change(changes) {
    this.fresh = { ...this.fresh, ...changes };
  }

  keep() {
    const { id, at, mark } = this.fresh;
    this.fresh = null;
    if (!isLargeEnough(mark)) return;
    if (id === null) this.findings.addMark(mark);
    else this.findings.changeMark(id, at, mark);
  }

  end() {
    this.fresh = null;
  }

  // What was made of a region that is there is kept; one that is not finished is not.
  leave() {
    if (!this.fresh) return;
    if (this.fresh.id === null) this.end();
    else this.keep();
  }

  // Whether the key was for the region under change.
  key(event) {
    if (!this.fresh) return false;
    const { key } = event;
    const { id, at, isPlacing, mark } = this.fresh;
    if (key === "Enter") {
      if (isPlacing) this.change({ mark: { ...mark, points: mark.points.slice(0, -1) } }); // the last is the pointer's
      this.keep();
    } else if (key === "Escape") this.end();
    else if (isPlacing) {
      if (key !== "Backspace") return false;
      if (mark.points.length > 2) this.change({ mark: { ...mark, points: mark.points.slice(0, -2).concat([mark.points.at(-1)]) } });
    } else {
      const changed = changedByKey(this.fresh, event, this.fresh.picture.turn);
      if (changed) {
        this.change(changed);
        say(told(this.fresh));
      } else if (id !== null && (key === "Delete" || key === "Backspace")) {
        this.end();
        this.findings.removeMark(id, at);
      } else if (key.length === 1) {
        this.leave();
        return false;
      } else return false;
    }
    if (!this.fresh) this.steps.current.focus({ preventScroll: true });
    return true;
  }

  // A press on the image: on a handle, on a region, or where a new one is drawn. Elsewhere the image is moved.
  press(picture, event) {
    if (event.button !== 0) return;
    const at = picture.fraction(event);
    const isNew = this.fresh?.picture === picture && this.fresh.id === null;
    const held = isNew ? null : this.grip(picture, event);
    if (held) this.drag(picture, event, at, held);
    else if (isNew && this.fresh.mark.shape === "box") this.drag(picture, event, at, (to) => ({ mark: box(picture.number, at, to) }), true);
    else if (isNew) this.place(picture, event, at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // How the thing under the pointer changes the region as it is dragged; null where there is nothing to hold.
  grip(picture, event) {
    const region = event.target.closest("[data-region]")?.dataset.region;
    if (region && `${this.fresh?.id}:${this.fresh?.at}` !== region) {
      const [id, at] = region.split(":");
      this.edit(id, Number(at));
    }
    if (this.fresh?.picture !== picture || this.fresh.isPlacing) return null;
    const { mark } = this.fresh;
    const corner = event.target.closest("[data-corner]")?.dataset.corner;
    const middle = event.target.closest("[data-middle]")?.dataset.middle;
    if (corner !== undefined && event.altKey) {
      this.change({ mark: withoutCorner(mark, Number(corner)), corner: null });
      return () => ({});
    }
    if (corner !== undefined) return (to) => ({ mark: withCorner(mark, Number(corner), to) });
    if (middle !== undefined) return (to) => ({ mark: withCornerAfter(mark, Number(middle), to), corner: Number(middle) + 1 });
    const [x, y] = picture.fraction(event);
    return event.target.closest(".region-new, [data-region]") ? ([toX, toY]) => ({ mark: moved(mark, [toX - x, toY - y]) }) : null;
  }

  drag(picture, event, from, change, keepsAtOnce = false) {
    const { svg } = picture;
    const move = (moving) => this.fresh && this.change(change(picture.fraction(moving)));
    svg.setPointerCapture(event.pointerId);
    svg.addEventListener("pointermove", move);
    const drop = (dropped) => {
      svg.removeEventListener("pointermove", move);
      if (!this.fresh) return;
      const to = picture.fraction(dropped);
      if (dropped.type === "pointerup" && (to[0] !== from[0] || to[1] !== from[1])) move(dropped);
      if (keepsAtOnce) this.keep();
      else if (this.fresh.id !== null) this.findings.changeMark(this.fresh.id, this.fresh.at, this.fresh.mark);
    };
    svg.addEventListener("pointerup", drop, { once: true });
  }

  // The next corner of a polygon; near the first one it is whole. The last point is where the pointer is.
  place(picture, event, at) {
    const placed = this.fresh.isPlacing ? this.fresh.mark.points.slice(0, -1) : [];
    if (placed.length >= 3 && isNear(picture, at, placed[0])) {
      this.change({ mark: polygon(picture.number, placed) });
      this.keep();
    } else this.change({ mark: polygon(picture.number, [...placed, at, at]), isPlacing: true });
  }

  follow(picture, event) {
    if (!this.fresh?.isPlacing || this.fresh.picture !== picture) return;
    this.change({ mark: polygon(picture.number, [...this.fresh.mark.points.slice(0, -1), picture.fraction(event)]) });
  }

  // A double click ends a polygon (its second press placed a corner too many), and takes a corner away.
  twice(picture, event) {
    if (this.fresh?.picture !== picture) return;
    const corner = this.fresh.mark.points.findIndex((point) => isNear(picture, picture.fraction(event), point));
    if (this.fresh.isPlacing) {
      const points = this.fresh.mark.points.slice(0, -2);
      this.change({ mark: { ...this.fresh.mark, points }, isPlacing: false });
      this.keep();
    } else if (corner >= 0) {
      const mark = withoutCorner(this.fresh.mark, corner);
      this.change({ mark, corner: null });
      if (this.fresh.id !== null) this.findings.changeMark(this.fresh.id, this.fresh.at, mark);
    }
  }
}

function isNear(picture, [x, y], [toX, toY]) {
  return Math.hypot((x - toX) * picture.width, (y - toY) * picture.height) < CLOSE * picture.unitsPerPixel;
}

function told({ mark, corner }) {
  const percent = (value) => Math.round(value * 100);
  const [place, last] = [mark.points[0], mark.points.at(-1)].map((point) => point.map(percent).join(", "));
  if (corner === null) return gettext("from %(place)s to %(last)s per cent", { place, last });
  return gettext("corner %(number)s at %(place)s per cent", { number: corner + 1, place: corners(mark)[corner].map(percent).join(", ") });
}
