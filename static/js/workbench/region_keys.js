// A region from the keyboard: arrows move it or one of its corners, as they are seen however the image is turned.
import { corners, moved, resized, withCornerAfter, withCornerMoved, withoutCorner } from "./shape.js";

const STEP = 0.02; // of the image
const FINE = 0.005; // with Alt
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TURNED = { 0: ([x, y]) => [x, y], 90: ([x, y]) => [y, -x], 180: ([x, y]) => [-x, -y], 270: ([x, y]) => [-y, x] };

// What the key makes of a region {mark, corner} under change; null where it is not for it.
export function changedByKey({ mark, corner }, event, turn) {
  const way = WAYS[event.key];
  if (way) {
    const by = TURNED[turn](way).map((part) => part * (event.altKey ? FINE : STEP));
    if (corner !== null) return { mark: withCornerMoved(mark, corner, by), corner };
    return { mark: event.shiftKey ? resized(mark, by) : moved(mark, by), corner };
  }
  const count = corners(mark).length;
  if (event.key === "Tab") {
    const place = ((corner ?? count) + (event.shiftKey ? count : 1)) % (count + 1);
    return { mark, corner: place === count ? null : place };
  }
  if (corner === null || mark.shape !== "polygon") return null;
  if (event.key === "Insert" || event.key === "+") return { mark: withCornerAfter(mark, corner), corner: corner + 1 };
  if (event.key === "Delete" || event.key === "Backspace") {
    const fewer = withoutCorner(mark, corner);
    return { mark: fewer, corner: Math.min(corner, fewer.points.length - 1) };
  }
  return null;
}
