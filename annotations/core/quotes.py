"""Where a quoted text stands in a step: critic models quote what they mean, the schema wants offsets.

Three tries, the first that finds something decides; within a try the earliest place does:

1. exactly;
2. *alike*: compatibility forms, case, white space, typographic quotes and dashes make no difference;
3. *nearly*: the best window of the step by rapidfuzz's partial ratio on the texts of try 2, if its similarity is at
   least `NEARLY_THRESHOLD` (0 to 100) and the quote has at least `SHORTEST_NEARLY` code points, widened to whole words.
   A quote longer than the step is compared with the whole step.

The span that is returned cuts no grapheme and no rendered formula.
"""

from __future__ import annotations

import unicodedata

from rapidfuzz import fuzz

from annotations.core.maths import snap_to_maths
from annotations.core.offsets import words
from annotations.core.schema import Span

NEARLY_THRESHOLD = 85.0
SHORTEST_NEARLY = 8
_SAME_SIGN = str.maketrans(
    {**dict.fromkeys("‘’‚`´", "'"), **dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-")}
)


def find_quote(step_text: str, quote: str) -> Span | None:
    """The span of the step's text that the quote means, or None where it is not there or is empty."""
    quote = quote.strip()
    if not quote:
        return None
    found = _exactly(step_text, quote) or _alike(step_text, quote) or _nearly(step_text, quote)
    if found is None:
        return None
    return snap_to_maths(step_text, Span(start=found[0], end=found[1]))


def _exactly(text: str, quote: str) -> tuple[int, int] | None:
    start = text.find(quote)
    return None if start < 0 else (start, start + len(quote))


def _alike(text: str, quote: str) -> tuple[int, int] | None:
    folded, sources = _folded(text)
    sought, _ = _folded(quote)
    start = folded.find(sought) if sought else -1
    return None if start < 0 else (sources[start], sources[start + len(sought) - 1] + 1)


def _nearly(text: str, quote: str) -> tuple[int, int] | None:
    folded, sources = _folded(text)
    sought, _ = _folded(quote)
    if min(len(sought), len(folded)) < SHORTEST_NEARLY:
        return None
    if len(sought) > len(folded):
        return (sources[0], sources[-1] + 1) if fuzz.ratio(sought, folded) >= NEARLY_THRESHOLD else None
    best = fuzz.partial_ratio_alignment(sought, folded, score_cutoff=NEARLY_THRESHOLD)
    if best is None or best.dest_start == best.dest_end:
        return None
    start, end = sources[best.dest_start], sources[best.dest_end - 1] + 1
    touched = [(a, b) for a, b in words(text) if a < end and start < b]
    return (touched[0][0], touched[-1][1]) if touched else None


def _folded(text: str) -> tuple[str, list[int]]:
    """The text as try 2 compares it, and for each of its code points the source's code point that it came from."""
    folded: list[str] = []
    sources: list[int] = []
    for source, character in enumerate(text):
        for plain in unicodedata.normalize("NFKD", character).casefold().translate(_SAME_SIGN):
            sign = " " if plain.isspace() else plain
            if sign == " " and (not folded or folded[-1] == " "):
                continue
            folded.append(sign)
            sources.append(source)
    if folded and folded[-1] == " ":
        folded.pop()
        sources.pop()
    return "".join(folded), sources
