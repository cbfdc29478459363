"""Stretches of a text that are one thing and are never cut: fenced code, code spans, tables and formulas.

Drawings in `[asy]…[/asy]`, which models copy from competition papers, are fenced code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from annotations.core.formulas import Formula, find_formulas

Stretch = tuple[int, int]  # code points `start <= i < end`

_NEUTRAL = "\0"
_NOT_LINE_BREAK = re.compile(r"[^\n]")
_FENCE = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})[^\n]*$", re.MULTILINE)
_DRAWING = re.compile(r"\[asy\].*?\[/asy\]", re.DOTALL)
_CODE_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)[^`\n]+(?<!`)\1(?!`)")
_LINE = re.compile(r"[^\n]*\n?")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)+$")


def uncut_stretches(text: str) -> tuple[Stretch, ...]:
    """Fenced code, code spans, Markdown tables and formulas, in order, merged where they touch or overlap.

    Code comes first: a dollar inside code opens no formula. An unclosed fence reaches to the end, as in CommonMark.
    """
    code = _code(text)
    plain = _blanked(text, code)
    formulas = [(formula.start, formula.end) for formula in _formulas_in(plain)]
    return merged([*code, *_tables(plain), *formulas])


def formulas_outside_code(text: str) -> tuple[Formula, ...]:
    """The formulas that are meant to be read as formulas: those that do not lie in, or reach into, code."""
    return _formulas_in(_blanked(text, _code(text)))


def merged(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """The same code points as sorted stretches that neither overlap nor touch."""
    result: list[Stretch] = []
    for start, end in sorted(stretches):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return tuple(result)


def _code(text: str) -> list[Stretch]:
    fenced = list(merged([*_fenced_code(text), *(match.span() for match in _DRAWING.finditer(text))]))
    spans = [match.span() for match in _CODE_SPAN.finditer(_blanked(text, fenced))]
    return sorted([*fenced, *spans])


def _formulas_in(plain: str) -> tuple[Formula, ...]:
    return tuple(formula for formula in find_formulas(plain) if _NEUTRAL not in formula.latex)


def _fenced_code(text: str) -> list[Stretch]:
    found: list[Stretch] = []
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif _closes(opened.group(1), fence):
            found.append((opened.start(), fence.end()))
            opened = None
    if opened is not None:
        found.append((opened.start(), len(text)))
    return found


def _closes(opening_marks: str, fence: re.Match[str]) -> bool:
    marks = fence.group(1)
    return marks.startswith(opening_marks) and fence.group().strip() == marks


def _tables(text: str) -> list[Stretch]:
    """Runs of two or more lines with a pipe, whose second line is a rule or all of which begin with a pipe."""
    found: list[Stretch] = []
    run: list[re.Match[str]] = []
    for line in _LINE.finditer(text):
        if "|" in line.group() and line.group().strip():
            run.append(line)
            continue
        found += _table_of(run)
        run = []
    return found + _table_of(run)


def _table_of(run: list[re.Match[str]]) -> list[Stretch]:
    if len(run) < 2:
        return []
    lines = [line.group().strip() for line in run]
    if (len(lines[1]) <= 2000 and _TABLE_RULE.match(lines[1])) or all(line.startswith("|") for line in lines):
        return [(run[0].start(), run[-1].start() + len(run[-1].group().rstrip("\n")))]
    return []


def _blanked(text: str, stretches: Sequence[Stretch]) -> str:
    """The text with the stretches' characters (but not their line breaks) made neutral; offsets stay the same."""
    pieces: list[str] = []
    position = 0
    for start, end in stretches:
        pieces += text[position:start], _NOT_LINE_BREAK.sub(_NEUTRAL, text[start:end])
        position = end
    return "".join([*pieces, text[position:]])
