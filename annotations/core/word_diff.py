"""What changed between a step's text and its corrected text, word by word, for people to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from annotations.core.offsets import words

Change = Literal["equal", "delete", "insert"]

MOST_WORDS = 4000  # of both texts together; beyond it everything counts as changed, since difflib takes quadratic time


@dataclass(frozen=True, slots=True)
class DiffSegment:
    change: Change
    text: str


def word_diff(before: str, after: str) -> tuple[DiffSegment, ...]:
    """Segments in reading order, a deletion before its insertion, none empty, neighbours of different kinds.

    The texts of `equal` and `delete` together are `before`; those of `equal` and `insert` are `after`. Words are
    those of `offsets.words`, so a CJK text is compared character by character; white space alone between two changes
    is part of them.
    """
    if before == after:
        return (DiffSegment("equal", before),) if before else ()
    old, new = _tokens(before), _tokens(after)
    if len(old) + len(new) > MOST_WORDS:
        return tuple(_changed(before, after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    segments: list[DiffSegment] = []
    removed = added = ""
    opcodes = matcher.get_opcodes()
    for index, (kind, old_start, old_end, new_start, new_end) in enumerate(opcodes):
        was, now = "".join(old[old_start:old_end]), "".join(new[new_start:new_end])
        inner = 0 < index < len(opcodes) - 1
        if kind == "equal" and not (inner and not was.strip()):
            segments += [*_changed(removed, added), DiffSegment("equal", was)]
            removed = added = ""
        else:
            removed, added = removed + was, added + now
    return (*segments, *_changed(removed, added))


def _changed(removed: str, added: str) -> Iterator[DiffSegment]:
    if removed:
        yield DiffSegment("delete", removed)
    if added:
        yield DiffSegment("insert", added)


def _tokens(text: str) -> list[str]:
    """The words and the white space between them; joined they are the text."""
    edges = [0, *(edge for span in words(text) for edge in span), len(text)]
    return [text[start:end] for start, end in pairwise(edges) if start < end]
