r"""A step's text as HTML: escaped, formulas as MathML, numbered marks, and every position known to the browser.

The contract with `static/js` (marking text, showing marks):

    <span class="step-text" dir="auto" data-length="57">
      <span class="run" data-start="0">The bar shows </span>
      <mark class="mark mark-1" data-mark="1">
        <span class="run" data-start="14">66 thousand units</span>
        <sup class="mark-number" dir="ltr" data-mark="1">1</sup>
      </mark>
      <span class="atom" data-start="31" data-end="40"><math>…</math></span>
    </span>

(without the line breaks shown here; there is no white space between the elements).

- Offsets are Unicode code points of the step's source text. Runs and atoms, in document order, cover it without gaps:
  run by run, `data-start` plus the code points of its text; `data-length` is the whole text's length.
- A **run** holds exactly one text node: the source, character for character. A carriage return is written as `&#13;`,
  for a parser would change it into a line feed. The DOM counts UTF-16 units, so from DOM to source: `start +
  [...node.data.slice(0, offset)].length`; and back: walk the run's code points, two units for those above U+FFFF.
- An **atom** is a formula: whatever point of it is selected, the selection takes it whole, `data-start` to `data-end`.
  Nothing inside it has offsets.
- A **mark-number** is no source text and must not be counted, nor selected (`user-select: none`). It stands at the
  end of the last piece of its mark; `dir` isolates it in right-to-left text.
- A **piece** of a mark holds one or more runs and atoms. A mark that overlaps others comes in several pieces with the
  same `data-mark`; where marks overlap their pieces are nested, the mark that began first outside. `data-mark` is the
  number in the list, `mark-N` the colour slot. To light one up: all elements `[data-mark="N"]` within the step.
- White space and line breaks are the source's: `.step-text` needs `white-space: pre-wrap` and `display: block`.
- Marks are shown widened to whole graphemes and formulas; the stored ones stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotations.core.maths import MathNode, Segment, segments
from annotations.core.offsets import snap
from annotations.core.schema import Span


@dataclass(frozen=True, slots=True)
class NumberedMark:
    """A span of the step's text with its number in the list of findings (1, 2, …) and its colour slot (1, 2, …).

    `label` is what the mark-number says where the number alone does not tell enough, such as "A1".
    """

    number: int
    span: Span
    slot: int
    label: str = ""


def render_step(text: str, marks: Sequence[NumberedMark] = ()) -> SafeString:
    """The HTML described above. Raises ValueError for a mark that does not lie in the text."""
    parts = segments(text)
    atoms = [(part.start, part.end) for part in parts if part.math is not None]
    shown = [replace(mark, span=snap(text, mark.span, atoms)) for mark in marks]
    shown.sort(key=lambda mark: (mark.span.start, -mark.span.end, mark.number))
    return format_html(
        '<span class="step-text" dir="auto" data-length="{}">{}</span>',
        len(text),
        _concatenated(_interval(text, parts, shown, start, end) for start, end in _intervals(text, shown)),
    )


def _intervals(text: str, marks: Sequence[NumberedMark]) -> Iterable[tuple[int, int]]:
    """The text cut wherever a mark begins or ends."""
    edges = sorted({0, len(text), *(edge for mark in marks for edge in (mark.span.start, mark.span.end))})
    return pairwise(edges)


def _interval(text: str, parts: Sequence[Segment], marks: Sequence[NumberedMark], start: int, end: int) -> SafeString:
    """One interval's runs and atoms, inside a piece of each mark that holds it."""
    piece = _concatenated(
        _part(text, part, max(start, part.start), min(end, part.end))
        for part in parts
        if part.start < end and start < part.end
    )
    for mark in reversed(marks):
        if mark.span.start <= start and end <= mark.span.end:
            piece = format_html(
                '<mark class="mark mark-{}" data-mark="{}">{}{}</mark>',
                mark.slot,
                mark.number,
                piece,
                _number(mark) if end == mark.span.end else "",
            )
    return piece


def _number(mark: NumberedMark) -> SafeString:
    return format_html(
        '<sup class="mark-number" dir="ltr" data-mark="{}">{}</sup>', mark.number, mark.label or mark.number
    )


def _part(text: str, part: Segment, start: int, end: int) -> SafeString:
    if part.math is None:
        return format_html('<span class="run" data-start="{}">{}</span>', start, _escaped(text[start:end]))
    return format_html(
        '<span class="atom" data-start="{}" data-end="{}">{}</span>', part.start, part.end, _math(part.math)
    )


def _escaped(text: str) -> SafeString:
    carriage_return = format_html("&#{};", ord("\r"))
    return format_html_join(carriage_return, "{}", ((piece,) for piece in text.split("\r")))


def _math(node: MathNode) -> SafeString:
    """Tags and attributes come from the allow-lists of `core.maths`; everything is escaped all the same."""
    return format_html(
        "<{0}{1}>{2}{3}</{0}>",
        node.tag,
        format_html_join("", ' {}="{}"', node.attributes),
        node.text,
        _concatenated(_math(child) for child in node.children),
    )


def _concatenated(pieces: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((piece,) for piece in pieces))
