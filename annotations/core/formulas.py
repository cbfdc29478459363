r"""Where the formulas of a text are, by their delimiters. Knows nothing about what a formula means or looks like.

A formula is one of

- `$$…$$` and `\[…\]` (displayed), `\(…\)` and `$…$` (inline);
- `\begin{name}…\end{name}` outside of all these (displayed), nested environments of the same name counted.

`\$` never delimits. Between dollars there is no blank line, so that one lost delimiter cannot swallow a chain.
An opening delimiter without its closing one is plain text, and so is the inside of what did not close.

A single dollar is also money, so `$…$` is a formula only if all of this holds (`_is_inline_formula`):

1. its contents hold no further unescaped dollar, are not blank, and have white space on both sides or on neither;
2. no digit follows the closing dollar ("$5-$7"), and the contents begin with no closing punctuation ("5$, 7$");
3. contents without an unmistakable sign of mathematics (a backslash, `^`, `_`, `{`, `=`, `<` or `>`) that begin with a
   digit hold no word of two or more letters ("$5 for me and 7$") and end in no operator or comma ("$ 5, $ 7");
4. if a digit stands right before the opening dollar ("5$ or 7$"), the contents hold a backslash, `^`, `_` or `{`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Formula:
    """Code points `start <= i < end` of a text, delimiters included; `latex` is what is to be converted."""

    start: int
    end: int
    latex: str
    display: bool


_SIGN = re.compile(r"\$\$?|\\(?:[()\[\]]|(?:begin|end)\{[A-Za-z]{1,20}\*?\}|.)", re.DOTALL)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_CLOSER = {"$": "$", "$$": "$$", r"\(": r"\)", r"\[": r"\]"}
_LATEX_SIGN = re.compile(r"[\\^_{]")
_MATHS_SIGN = re.compile(r"[\\^_{=<>]")
_WORD = re.compile(r"(?<![^\s(])[^\W\d_]{2,}(?![^\s.,;:!?)])")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CLOSING_PUNCTUATION = tuple(",.;:!?)]}")
_OPEN_ENDED = tuple("+-*/,;:(=")


def find_formulas(text: str) -> tuple[Formula, ...]:
    """The formulas of a text in order, never overlapping. Time grows as n log n; never raises."""
    signs = list(_SIGN.finditer(text))
    closing = _closing_signs(text, signs)
    found: list[Formula] = []
    position = 0
    for index, opener in enumerate(signs):
        if opener.start() < position or index not in closing:
            continue
        formula = _formula_between(text, opener, closing[index])
        if formula is not None:
            found.append(formula)
            position = formula.end
    return tuple(found)


def _closing_signs(text: str, signs: list[re.Match[str]]) -> dict[int, re.Match[str]]:
    """For the index of each opening sign the sign that would close it."""
    closing = dict(_environments(signs))
    places: dict[str, list[int]] = defaultdict(list)
    for index, sign in enumerate(signs):
        places[sign.group()].append(index)
    paragraph_ends = [blank.start() for blank in _BLANK_LINE.finditer(text)]
    for index, sign in enumerate(signs):
        closer = _CLOSER.get(sign.group())
        if closer is None:
            continue
        later = bisect_right(places[closer], index)
        if later == len(places[closer]):
            continue
        candidate = signs[places[closer][later]]
        if closer == "$" and (pairs := places["$$"]):
            # The next dollar of either kind decides, so "$5 and $$x$$" does not reach into the displayed formula.
            between = bisect_right(pairs, index)
            if between < len(pairs) and pairs[between] < places[closer][later]:
                continue
        if closer in ("$", "$$") and _blank_line_between(paragraph_ends, sign.end(), candidate.start()):
            continue
        closing[index] = candidate
    return closing


def _environments(signs: list[re.Match[str]]) -> Iterator[tuple[int, re.Match[str]]]:
    open_by_name: dict[str, list[int]] = defaultdict(list)
    for index, sign in enumerate(signs):
        word, brace, name = sign.group().partition("{")
        if not brace:
            continue
        if word == r"\begin":
            open_by_name[name].append(index)
        elif open_by_name[name]:
            yield open_by_name[name].pop(), sign


def _blank_line_between(paragraph_ends: list[int], start: int, end: int) -> bool:
    nearest = bisect_right(paragraph_ends, start - 1)
    return nearest < len(paragraph_ends) and paragraph_ends[nearest] < end


def _formula_between(text: str, opener: re.Match[str], closer: re.Match[str]) -> Formula | None:
    start, end = opener.start(), closer.end()
    if opener.group().startswith(r"\begin"):
        return Formula(start, end, text[start:end], display=True)
    contents = text[opener.end() : closer.start()]
    if not contents.strip():
        return None
    if opener.group() == "$" and not _is_inline_formula(contents, text[start - 1 : start], text[end : end + 1]):
        return None
    return Formula(start, end, contents.strip(), display=opener.group() in ("$$", r"\["))


def _is_inline_formula(contents: str, before: str, after: str) -> bool:
    """Rules 1 to 4 of the module's docstring; `before` and `after` are the neighbours, or empty."""
    bare = contents.strip()
    if contents[0].isspace() != contents[-1].isspace():
        return False
    if after.isdecimal() or bare.startswith(_CLOSING_PUNCTUATION):
        return False
    if before.isdecimal() and not _LATEX_SIGN.search(bare):
        return False
    if bare[0].isdecimal():
        if contents[0].isspace() and bare.endswith(_OPEN_ENDED):
            return False
        if not _MATHS_SIGN.search(bare):
            return not (_WORD.search(bare) or _CJK.search(bare) or bare.endswith(_OPEN_ENDED))
    return True
