// Draws a step's numbered marks into its text, as annotations/web/step_text.py does on the server. A mark that is being
// made or changed (`isFresh`) has a handle at either end and, while it is new, no number.
export function paint(text, marks) {
  const shown = marks
    .map((mark) => ({ ...mark, ...text.snapped(mark) }))
    .filter(({ start, end }) => start < end && end <= text.length)
    .sort((one, other) => one.start - other.start || other.end - one.end || one.number - other.number);
  const edges = [...new Set([0, text.length, ...shown.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  const pieces = edges.slice(1).map((end, index) => piece(text, shown, edges[index], end));
  text.element.replaceChildren(...pieces.flat());
}

function piece(text, marks, start, end) {
  let nodes = text.parts.filter((part) => part.start < end && start < part.end).map((part) => node(part, start, end));
  for (const mark of marks.toReversed()) {
    if (mark.start <= start && end <= mark.end) nodes = [wrapped(mark, nodes, start, end)];
  }
  return nodes;
}

function node(part, start, end) {
  if (part.atom) return part.atom.cloneNode(true);
  const from = Math.max(start, part.start);
  const run = document.createElement("span");
  run.className = "run";
  run.dataset.start = from;
  run.textContent = part.characters.slice(from - part.start, Math.min(end, part.end) - part.start).join("");
  return run;
}

function wrapped({ number, slot, isFresh = false, start: first, end: last }, nodes, start, end) {
  const mark = document.createElement("mark");
  mark.className = ["mark", slot && `mark-${slot}`, isFresh && "mark-fresh"].filter(Boolean).join(" ");
  if (number) mark.dataset.mark = number;
  mark.append(...nodes);
  if (isFresh && start === first) mark.prepend(handle("start"));
  if (isFresh && end === last) mark.append(handle("end"));
  if (end === last && number) {
    const badge = document.createElement("sup");
    badge.className = "mark-number";
    badge.dir = "ltr";
    badge.dataset.mark = number;
    badge.textContent = number;
    mark.append(badge);
  }
  return mark;
}

function handle(edge) {
  const element = document.createElement("span");
  element.className = "mark-handle";
  element.dataset.edge = edge;
  return element;
}
