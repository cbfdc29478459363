"""How a chain that came as one text may be cut into steps: a few plain rules beside our own (`steps.py`), by name.

The name is kept with the response as its segmentation, so that a dataset tells how each chain was cut. Whatever the
rule, steps are ranges of the text itself, white space at their edges left out, and never empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise

from annotations.core.schema import StepRange
from annotations.core.sentences import sentence_ends
from annotations.core.steps import SEGMENTATION_RULE, split_steps

Splitter = Callable[[str], tuple[StepRange, ...]]

_LINE_BREAK = re.compile(r"\r\n|[\n\r]")
_BLANK_LINES = re.compile(r"(?:\r\n|[\n\r])[ \t]*(?:(?:\r\n|[\n\r])[ \t]*)+")


def _between(pattern: re.Pattern[str]) -> Splitter:
    def split(text: str) -> tuple[StepRange, ...]:
        edges = [0, *(edge for found in pattern.finditer(text) for edge in found.span()), len(text)]
        return _trimmed(text, list(zip(edges[::2], edges[1::2], strict=True)))

    return split


def _sentences(text: str) -> tuple[StepRange, ...]:
    edges = [0, *sentence_ends(text, 0, len(text)), len(text)]
    return _trimmed(text, list(pairwise(edges)))


def _whole(text: str) -> tuple[StepRange, ...]:
    return _trimmed(text, [(0, len(text))])


def _trimmed(text: str, parts: list[tuple[int, int]]) -> tuple[StepRange, ...]:
    ranges = []
    for start, end in parts:
        part = text[start:end]
        bare = part.strip()
        if bare:
            begin = start + len(part) - len(part.lstrip())
            ranges.append(StepRange(start=begin, end=begin + len(bare)))
    return tuple(ranges)


SPLITTERS: Mapping[str, Splitter] = {
    SEGMENTATION_RULE: split_steps,
    "lines/1": _between(_LINE_BREAK),
    "paragraphs/1": _between(_BLANK_LINES),
    "sentences/1": _sentences,
    "whole/1": _whole,
}
