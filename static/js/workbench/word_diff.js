// What changed between two texts, word by word: [["equal" | "delete" | "insert", text], …], as core/word_diff.py tells it.
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
const MOST_WORDS = 2000; // of both; beyond it all counts as changed, since the table below is quadratic

export function wordDiff(before, after) {
  const [old, fresh] = [before, after].map((text) => [...segmenter.segment(text)].map(({ segment }) => segment));
  if (old.length + fresh.length > MOST_WORDS) return [["delete", before], ["insert", after]];
  const longest = table(old, fresh);
  const found = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      found.push(["equal", old[i]]);
      i += 1;
      j += 1;
    } else if (j >= fresh.length || (i < old.length && longest[i + 1][j] >= longest[i][j + 1])) found.push(["delete", old[i++]]);
    else found.push(["insert", fresh[j++]]);
  }
  return joined(found);
}

// longest[i][j]: how many words the rest of `old` from i and of `fresh` from j have in common, in order.
function table(old, fresh) {
  const longest = Array.from({ length: old.length + 1 }, () => new Uint16Array(fresh.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      longest[i][j] = old[i] === fresh[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  return longest;
}

// White space alone between two changes is part of them; a deletion stands before its insertion.
function joined(found) {
  const segments = [];
  let [removed, added] = ["", ""];
  const close = () => {
    if (removed) segments.push(["delete", removed]);
    if (added) segments.push(["insert", added]);
    [removed, added] = ["", ""];
  };
  found.forEach(([change, text], index) => {
    const between = change === "equal" && !text.trim() && (removed || added) && found[index + 1] && found[index + 1][0] !== "equal";
    if (change === "delete" || between) removed += text;
    if (change === "insert" || between) added += text;
    if (change !== "equal" || between) return;
    close();
    if (segments.at(-1)?.[0] === "equal") segments.at(-1)[1] += text;
    else segments.push(["equal", text]);
  });
  close();
  return segments;
}
