// Draws a step's numbered marks into its text, as annotations/web/step_text.py does on the server.
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
    if (mark.start <= start && end <= mark.end) nodes = [wrapped(mark, nodes, end)];
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

function wrapped({ number, slot, end: last }, nodes, end) {
  const mark = document.createElement("mark");
  mark.className = `mark mark-${slot}`;
  mark.dataset.mark = number;
  mark.append(...nodes);
  if (end === last) {
    const badge = document.createElement("sup");
    badge.className = "mark-number";
    badge.dir = "ltr";
    badge.dataset.mark = number;
    badge.textContent = number;
    mark.append(badge);
  }
  return mark;
}
