// Boxes and polygons as the schema has them: points are fractions of the upright image, a box its top left and bottom
// right corner. Each function gives a new mark that lies inside the image.
export const SMALLEST = 0.005; // the least width and height of a box

const round = (value) => Math.round(value * 1e6) / 1e6;
const within = (value, least, most) => Math.min(most, Math.max(least, value));
const inside = ([x, y]) => [round(within(x, 0, 1)), round(within(y, 0, 1))];

export function box(image, one, other) {
  const [[ax, ay], [bx, by]] = [inside(one), inside(other)];
  const points = [[Math.min(ax, bx), Math.min(ay, by)], [Math.max(ax, bx), Math.max(ay, by)]];
  return { kind: "region", image, shape: "box", points };
}

export function polygon(image, points) {
  return { kind: "region", image, shape: "polygon", points: points.map(inside) };
}

// The points that are seen and taken hold of: of a box all four corners, clockwise from the top left.
export function corners({ shape, points }) {
  if (shape !== "box") return points;
  const [[left, top], [right, bottom]] = points;
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

function bounds(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [[Math.min(...xs), Math.min(...ys)], [Math.max(...xs), Math.max(...ys)]];
}

export function isLargeEnough({ shape, points }) {
  const [[left, top], [right, bottom]] = bounds(points);
  return (shape === "box" || points.length >= 3) && right - left >= SMALLEST && bottom - top >= SMALLEST;
}

export function moved(mark, [across, down]) {
  const [[left, top], [right, bottom]] = bounds(mark.points);
  const by = [within(across, -left, 1 - right), within(down, -top, 1 - bottom)];
  return { ...mark, points: mark.points.map(([x, y]) => inside([x + by[0], y + by[1]])) };
}

// Larger or smaller, the top left staying where it is.
export function resized(mark, [across, down]) {
  const [[left, top], [right, bottom]] = bounds(mark.points);
  const width = within(right + across, left + SMALLEST, 1) - left;
  const height = within(bottom + down, top + SMALLEST, 1) - top;
  const scale = ([x, y]) => inside([
    left + ((x - left) / (right - left || 1)) * width, top + ((y - top) / (bottom - top || 1)) * height,
  ]);
  return { ...mark, points: mark.points.map(scale) };
}

// One corner elsewhere; the opposite corner of a box stays.
export function withCorner(mark, index, point) {
  if (mark.shape === "box") return box(mark.image, corners(mark)[(index + 2) % 4], point);
  return { ...mark, points: mark.points.map((before, at) => (at === index ? inside(point) : before)) };
}

// One corner by some way; that of a box does not pass its opposite.
export function withCornerMoved(mark, index, [across, down]) {
  let [x, y] = corners(mark)[index];
  [x, y] = [x + across, y + down];
  if (mark.shape === "box") {
    const [fixedX, fixedY] = corners(mark)[(index + 2) % 4];
    x = index === 0 || index === 3 ? Math.min(x, fixedX - SMALLEST) : Math.max(x, fixedX + SMALLEST);
    y = index < 2 ? Math.min(y, fixedY - SMALLEST) : Math.max(y, fixedY + SMALLEST);
  }
  return withCorner(mark, index, [x, y]);
}

// A new corner of a polygon behind the one of this index, in the middle of its edge or at a point.
export function withCornerAfter(mark, index, point = null) {
  const [from, to] = [mark.points[index], mark.points[(index + 1) % mark.points.length]];
  const fresh = inside(point ?? [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]);
  return { ...mark, points: mark.points.toSpliced(index + 1, 0, fresh) };
}

// A polygon keeps three corners at least.
export function withoutCorner(mark, index) {
  return mark.shape === "polygon" && mark.points.length > 3 ? { ...mark, points: mark.points.toSpliced(index, 1) } : mark;
}
