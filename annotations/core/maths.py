r"""A step's source text as runs of text and formulas, each formula as a checked MathML tree.

latex2mathml does the conversion. Its input is untrusted, so what it returns is not used as markup: the tree is copied
into `MathNode`s, element by element, against allow-lists of elements, attributes and values, and whoever shows it
writes it out with escaping. Whatever does not pass (a link, a style, a class, a length beyond reason), does not
convert, is longer than `LONGEST_FORMULA` or defines macros is no formula but plain text: shown as its source, marked
character by character.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from annotations.core.blocks import formulas_outside_code
from annotations.core.offsets import snap
from annotations.core.schema import Span

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LONGEST_FORMULA = (
    1000  # code points; the longest of 499 real ones has 190, and conversion is then a matter of milliseconds
)
DEEPEST_FORMULA = 60  # nested elements
LARGEST_TREE = 4000  # elements


@dataclass(frozen=True, slots=True)
class MathNode:
    """One MathML element: from an allow-list are its tag, its attributes' names and their values; `text` is not."""

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""
    children: tuple[MathNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """Code points `start <= i < end` of the source: a run of text, or (with `math`) a formula, which is one atom."""

    start: int
    end: int
    math: MathNode | None = None


_TAGS = frozenset(
    {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "ms", "mstyle", "mpadded", "mphantom", "menclose", "merror"}
    | {"msup", "msub", "msubsup", "mover", "munder", "munderover", "mmultiscripts", "mprescripts", "none"}
    | {"mfrac", "msqrt", "mroot", "mtable", "mtr", "mtd"}
)
_WORD = re.compile(r"[a-z-]{1,20}(?: [a-z-]{1,20}){0,30}")
_BOOLEAN = re.compile(r"true|false")
_INTEGER = re.compile(r"[+-]?\d")
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,30}")
_LENGTH = re.compile(r"[+-]?\d{0,2}(?:\.\d{1,5})?(?:em|ex|mu|pt|px|%)?")
_LENGTHS = re.compile(rf"(?:{_LENGTH.pattern})(?: (?:{_LENGTH.pattern})){{0,30}}")
_SIZE = re.compile(r"[0-3](?:\.\d{1,4})?em")
_ATTRIBUTES: dict[str, re.Pattern[str]] = {
    "display": re.compile(r"inline|block"),
    "xmlns": re.compile(re.escape("http://www.w3.org/1998/Math/MathML")),
    **dict.fromkeys(("mathvariant", "notation", "columnalign", "rowalign", "columnlines", "rowlines"), _WORD),
    **dict.fromkeys(("form", "frame", "align", "denomalign", "numalign", "linebreak"), _WORD),
    **dict.fromkeys(("stretchy", "fence", "separator", "accent", "accentunder", "symmetric", "largeop"), _BOOLEAN),
    **dict.fromkeys(("movablelimits", "displaystyle", "bevelled"), _BOOLEAN),
    "scriptlevel": _INTEGER,
    **dict.fromkeys(("mathcolor", "mathbackground"), _COLOUR),
    **dict.fromkeys(("width", "height", "depth", "lspace", "rspace", "voffset", "linethickness"), _LENGTH),
    **dict.fromkeys(("columnspacing", "rowspacing"), _LENGTHS),
    **dict.fromkeys(("minsize", "maxsize", "mathsize"), _SIZE),
}
# A macro can double its text at each use; none of these is needed to show a formula.
_DEFINES = re.compile(r"\\(?:(?:re)?new(?:command|environment)|providecommand|def|let|gdef|edef|Declare\w+)\b")


class _UnsafeMathML(ValueError):
    """The converter made something that is not on the allow-lists."""


def segments(text: str) -> tuple[Segment, ...]:
    """The whole text, in order and without gaps, as runs of text and rendered formulas; () for an empty text.

    Never raises: what cannot be rendered is part of a run.
    """
    found: list[Segment] = []
    position = 0
    for formula in formulas_outside_code(text):
        math = to_mathml(formula.latex, display=formula.display)
        if math is None:
            continue
        if position < formula.start:
            found.append(Segment(position, formula.start))
        found.append(Segment(formula.start, formula.end, math))
        position = formula.end
    if position < len(text):
        found.append(Segment(position, len(text)))
    return tuple(found)


def atoms(text: str) -> tuple[tuple[int, int], ...]:
    """Ranges of the rendered formulas, delimiters included."""
    return tuple((segment.start, segment.end) for segment in segments(text) if segment.math is not None)


def snap_to_maths(text: str, span: Span) -> Span:
    """The smallest span that holds the given one and cuts neither a grapheme nor a rendered formula; see `snap`."""
    return snap(text, span, atoms(text))


@lru_cache(maxsize=4096)
def to_mathml(latex: str, *, display: bool = False) -> MathNode | None:
    """The formula's checked tree, its root a `math` element; None where it cannot or must not be rendered."""
    if len(latex) > LONGEST_FORMULA or _DEFINES.search(latex):
        return None
    from latex2mathml.converter import convert_to_element

    try:
        element = convert_to_element(latex, display="block" if display else "inline")
        return _checked(element, depth=0, budget=[LARGEST_TREE])
    except Exception:  # noqa: BLE001 - the converter raises whatever its input provokes; the source is shown instead
        return None


def _checked(element: Element, depth: int, budget: list[int]) -> MathNode:
    budget[0] -= 1
    if element.tag not in _TAGS or depth > DEEPEST_FORMULA or budget[0] < 0 or (element.tail or "").strip():
        raise _UnsafeMathML(f"expected a MathML element of the allow-list, found {element.tag!r} at depth {depth}")
    return MathNode(
        tag=element.tag,
        attributes=tuple(_checked_attribute(name, value) for name, value in element.attrib.items() if name != "xmlns"),
        # The converter writes signs as character references and counts on the text not being escaped again.
        text=html.unescape(element.text or ""),
        children=tuple(_checked(child, depth + 1, budget) for child in element),
    )


def _checked_attribute(name: str, value: str) -> tuple[str, str]:
    allowed = _ATTRIBUTES.get(name)
    if allowed is None or not allowed.fullmatch(value):
        raise _UnsafeMathML(f"expected an attribute of the allow-list, found {name}={value!r}")
    return name, value
