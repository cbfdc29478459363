"""Positions in a text: code points for the schema, UTF-16 units for browsers, graphemes and words for people.

All positions are counted in Unicode code points of one text unless a name says UTF-16. A *grapheme* is what a reader
takes for one character (UAX 29, extended grapheme cluster): an emoji with its modifiers, a letter with its accents.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import regex

from annotations.core.schema import Span

_GRAPHEME = regex.compile(r"\X")
_CJK = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_WORD = regex.compile(
    rf"{_CJK}\p{{M}}*"  # scripts without spaces: one character is one word
    rf"|(?:(?!{_CJK})[\p{{L}}\p{{N}}\p{{M}}_])+(?:['’.,](?:(?!{_CJK})[\p{{L}}\p{{N}}\p{{M}}_])+)*"
    r"|\S"
)


def utf16_length(text: str) -> int:
    """How many UTF-16 units (JavaScript's `length`) the text has."""
    return len(text) + sum(character > "\uffff" for character in text)


def to_utf16(text: str, position: int) -> int:
    """UTF-16 units before a code-point position. Raises IndexError outside of the text."""
    _require_inside(position, len(text), "code points")
    return utf16_length(text[:position])


def from_utf16(text: str, units: int) -> int:
    """Code points before a UTF-16 position; one inside a surrogate pair counts as before the pair.

    Raises IndexError outside of the text.
    """
    _require_inside(units, utf16_length(text), "UTF-16 units")
    used = 0
    for position, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > units:
            return position
    return len(text)


def grapheme_edges(text: str) -> tuple[int, ...]:
    """All positions between graphemes, 0 and the text's length included; (0,) for an empty text."""
    return (0, *(match.end() for match in _GRAPHEME.finditer(text)))


def words(text: str) -> tuple[tuple[int, int], ...]:
    """Ranges of the words, in order, for marking word by word and for word diffs.

    A run of letters, digits and their marks is a word ("3.5", "don't" and "1,000" are one); in scripts that put no
    spaces between words each character is; any other visible character (sign, punctuation, emoji) is one. White space
    belongs to no word. No grapheme is ever cut.
    """
    edges = grapheme_edges(text)
    found: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        start, end = _widened(match.start(), match.end(), edges)
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def snap(text: str, span: Span, atoms: Sequence[tuple[int, int]] = ()) -> Span:
    """The smallest span that holds the given one and cuts neither a grapheme nor an atom.

    atoms: ranges that are marked whole or not at all, such as rendered formulas; sorted, not overlapping.
    Raises ValueError if the span does not lie in the text.
    """
    if not 0 <= span.start < span.end <= len(text):
        raise ValueError(
            f"expected a span with 0 <= start < end <= {len(text)} code points, found {span.start} to {span.end}; "
            "count offsets in code points of the step's own text"
        )
    start, end = span.start, span.end
    for atom_start, atom_end in atoms:
        if atom_start < span.end and span.start < atom_end:
            start, end = min(start, atom_start), max(end, atom_end)
    start, end = _widened(start, end, grapheme_edges(text))
    return Span(start=start, end=end)


def _widened(start: int, end: int, edges: Sequence[int]) -> tuple[int, int]:
    return edges[bisect_right(edges, start) - 1], edges[bisect_left(edges, end)]


def _require_inside(position: int, length: int, unit: str) -> None:
    if not 0 <= position <= length:
        raise IndexError(f"expected a position from 0 to {length} {unit}, found {position}")
