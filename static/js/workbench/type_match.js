// Which error types a person means by what they typed, the likeliest first: first letters of type and subtype ("pt" for
// perception, text reading), then beginnings of their words; any part of them where nothing begins so.
const ANY_PART = 4;

export function matching(query, types) {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return types;
  const found = types
    .map((type, index) => ({ type, index, rank: rank(wanted, type) }))
    .filter(({ rank: found }) => found !== null)
    .sort((one, other) => one.rank - other.rank || one.index - other.index);
  const isAnyPart = found[0]?.rank === ANY_PART;
  return found.filter(({ rank: each }) => isAnyPart || each < ANY_PART).map(({ type }) => type);
}

function rank(wanted, { type, label }) {
  const words = label.toLowerCase().split(/\s+/);
  const all = `${type} ${label}`.toLowerCase();
  const initials = [type, ...words].map((word) => word[0].toLowerCase()).join("");
  const loose = wanted.replace(/\s/g, "");
  if (initials.startsWith(loose) && loose.length > 1) return 0;
  if (label.toLowerCase().startsWith(wanted)) return 1;
  if (words.some((word) => word.startsWith(wanted))) return 2;
  if (type.toLowerCase().startsWith(wanted)) return 3;
  return all.includes(wanted) ? ANY_PART : null;
}
