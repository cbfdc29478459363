r"""Steps of a chain that came as one text, and the source text of a chain that came as steps.

The rule `second-look/1`. The first of these that gives two or more steps decides:

1. **Headings.** A step begins at each line "Step k:" (also "### Step k", "**Step k:**", and in other languages; in
   running text too, after a stop, with a colon). Where there is none, at each Markdown heading and each line that is
   bold as a whole. Beside step headings, Markdown headings that are no deeper and lines that announce the answer cut
   too. A heading with nothing beneath it ("### Let's think step by step.") begins the step that follows.
2. **Lists.** A step begins at each item of the outermost numbered list (1., 2., …; `1)` and `(1)` too); where there
   is no numbered list, of the outermost bulleted list. What follows a list after a blank line, not indented, is cut
   by rule 3.
3. **Blank lines.** A paragraph that ends with a colon or a comma goes with the next one; a paragraph that is nothing
   but a formula, a table or a code block goes with the one before.
4. **Line breaks**, joined as in rule 3. A line of 60 or more code points that ends without punctuation goes with a next
   line that begins with a lower-case letter: it was wrapped. A text without any line break that holds the two
   characters `\n` outside of formulas means line breaks by them (TabMWP), in all rules.
5. **Sentences** (`sentences.py`), where all else fails.

Never inside a formula, a table, a code span or a fenced code block. A last line that only puts the answer into a box
is a step of its own and is left out when a rule is chosen. A part without any letter or digit goes with the one
before.

Headings and list markers stay inside their step. What lies between steps is layout: white space (and TabMWP's `\n`),
nothing else. So the slices by the ranges and the gaps between them give the source text back, code point for code
point.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from annotations.core.blocks import Stretch, uncut_stretches
from annotations.core.schema import StepRange
from annotations.core.sentences import sentence_ends

SEGMENTATION_RULE = "second-look/1"
GIVEN_STEPS = "given/1"  # the data came as a list of steps: `join_steps`

STEP_SEPARATOR = "\n\n"

_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
# A command of LaTeX that begins with n is no line break; "\nuts" is one, since no command goes on like that.
_LITERAL_BREAK = re.compile(
    r"\\n(?!(?:abla|atural|cong|e|earrow|eg|eq|exists|geq|gtr|i|leq|less|mid|ot|otin|parallel|rightarrow|u|warrow"
    r"|earrow|ewline|olimits|onumber|ormalsize|subseteq|supseteq|prec|succ|sim)(?![A-Za-z]))"
)
_STEP_WORD = (
    r"(?:(?:step|étape|schritt|paso|passo|шаг|步骤|ステップ|단계)\s*#?\d{1,3}|第\s*[0-9一二三四五六七八九十]{1,3}\s*步)"
)
# The patterns of lines are matched against `_Line.bare`. No two repetitions of white space stand beside each other in
# them: backtracking would take quadratic time on a hostile line.
_STEP_HEADING = re.compile(
    rf"(?:(?P<level>#{{1,6}})\s*)?(?:[-•*]\s+)?[*_]{{0,3}}{_STEP_WORD}[*_\s]{{0,6}}(?:[:：.)）—–-]|\Z|\([^()\n]{{1,80}}\)\s?[*_:])",
    re.IGNORECASE,
)
_STEP_IN_TEXT = re.compile(rf"(?<=[.!?。！？])[ \t]*(?P<step>\*{{0,2}}{_STEP_WORD}\*{{0,2}}[:：])", re.IGNORECASE)
_MARKDOWN_HEADING = re.compile(r"(?P<level>#{1,6})\s+\S")
_TITLE = re.compile(r"(?:\(?\d{1,2}[.)]\s+|[-•*]\s+)?(\*\*|__)(?!\s)[^*_\n]+\1\s?[:：.]?\Z")
_ANSWER_LINE = re.compile(
    r"\s*[#*_\s]*(?:the\s+)?(?:final\s+)?(?:answer|conclusion)\b[^.\n]{0,20}[:：*]", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"(?P<indent>[ \t]*)\*{0,2}(?:\((?P<a>\d{1,2})\)|(?P<b>\d{1,2})(?:[.)]\*{0,2}(?=\s)|[、．]))\s*\S"
)
_BULLETED = re.compile(r"(?P<indent>[ \t]*)[-*•‣◦]\s+\S")
_BOXED = re.compile(r"(?:\$\$?|\\\[|\\\()?\s?\\boxed\s?\{.*\}\s?\.?\s?(?:\$\$?|\\\]|\\\))?\.?\Z", re.DOTALL)
_LONGEST_BOXED_LINE = 400
_WRAPPED_LINE_LENGTH = 60
_LAYOUT = re.compile(r"\s+")
_LAYOUT_WITH_LITERAL = re.compile(rf"(?:\s|{_LITERAL_BREAK.pattern})+")


def split_steps(text: str) -> tuple[StepRange, ...]:
    """Ranges of the steps of one text, in code points, by the rule above; empty for a text of white space only."""
    page = _Page.of(text)
    boxed = _boxed_answer(page)
    body = page.lines if boxed is None else [line for line in page.lines if line.start < boxed]
    for cuts_of in _RULES:
        cuts = cuts_of(page, body)
        parts = _parts(page, cuts if boxed is None else [*cuts, boxed])
        if len(parts) >= (2 if boxed is None else 3):
            break
    return tuple(StepRange(start=start, end=end) for start, end in parts)


def join_steps(texts: Sequence[str]) -> tuple[str, tuple[StepRange, ...]]:
    """One source text of given steps, parted by a blank line, and their ranges.

    `step_texts` of the result gives exactly the texts back, whatever they hold, empty ones included.
    """
    ranges: list[StepRange] = []
    position = 0
    for text in texts:
        ranges.append(StepRange(start=position, end=position + len(text)))
        position += len(text) + len(STEP_SEPARATOR)
    return STEP_SEPARATOR.join(texts), tuple(ranges)


def step_texts(source_text: str, ranges: Sequence[StepRange]) -> tuple[str, ...]:
    """The text of each step."""
    return tuple(source_text[step.start : step.end] for step in ranges)


def gaps(source_text: str, ranges: Sequence[StepRange]) -> tuple[str, ...]:
    """The layout before, between and after the steps: one text more than there are steps."""
    edges = [0, *(edge for step in ranges for edge in (step.start, step.end)), len(source_text)]
    return tuple(source_text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class _Line:
    """One line without its break. `free`: a step may begin here, since no stretch that is never cut lies across."""

    start: int
    end: int
    text: str
    free: bool

    @property
    def blank(self) -> bool:
        return self.free and not self.text.strip()

    @property
    def bare(self) -> str:
        return self.text.strip()

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip(" \t"))


@dataclass(frozen=True, slots=True)
class _Page:
    r"""A text with what the rules ask of it."""

    text: str
    uncut: tuple[Stretch, ...]
    lines: list[_Line]
    literal_breaks: bool  # the two characters `\n` mean a line break

    @classmethod
    def of(cls, text: str) -> _Page:
        uncut = uncut_stretches(text)
        breaks = [found.span() for found in _BREAK.finditer(text)]
        literal_breaks = False
        if not breaks:
            literal = (found.span() for found in _LITERAL_BREAK.finditer(text))
            breaks = [span for span in literal if not _inside(uncut, span[0] + 1)]
            literal_breaks = bool(breaks)
        edges = [0, *(edge for span in breaks for edge in span), len(text)]
        lines = [
            _Line(start, end, text[start:end], free=not _inside(uncut, start))
            for start, end in zip(edges[::2], edges[1::2], strict=True)
        ]
        return cls(text, uncut, lines, literal_breaks)

    def only_uncut(self, start: int, end: int) -> bool:
        """Whether everything between is formulas, tables or code, up to punctuation."""
        rest = [(max(start, a), min(end, b)) for a, b in self.uncut if a < end and start < b]
        if not rest:
            return False
        edges = [start, *(edge for span in rest for edge in span), end]
        outside = "".join(self.text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))
        return not any(character.isalnum() for character in outside)


def _inside(stretches: Sequence[Stretch], position: int) -> bool:
    """Whether a cut at this position would cut one of the sorted stretches."""
    index = bisect_right(stretches, (position, 0)) - 1
    return index >= 0 and stretches[index][0] < position < stretches[index][1]


def _boxed_answer(page: _Page) -> int | None:
    """Where the last paragraph or line begins if it only boxes the answer and something stands before it."""
    for line in reversed(page.lines):
        if not line.blank and line.free:
            last = page.text[line.start :].strip()
            boxed = len(last) <= _LONGEST_BOXED_LINE and _BOXED.match(last)
            return line.start if boxed and page.text[: line.start].strip() else None
    return None


def _headings(page: _Page, body: list[_Line]) -> list[int]:
    steps = [(line, match) for line in body if line.free and (match := _STEP_HEADING.match(line.bare))]
    in_text = [found.start("step") for found in _STEP_IN_TEXT.finditer(page.text)]
    in_text = [position for position in in_text if not _inside(page.uncut, position)]
    if steps or len(in_text) > 1:
        cuts = [line.start for line, _ in steps] + in_text
        level = min((len(match["level"]) for _, match in steps if match["level"]), default=6)
        others = [line for line in body if line.free and _cuts_beside_steps(line, level)]
    else:
        cuts = []
        others = [
            line for line in body if line.free and (_MARKDOWN_HEADING.match(line.bare) or _TITLE.match(line.bare))
        ]
    headings = {line.start for line in others} - set(cuts)
    return _without_bare_headings(page, sorted({*cuts, *headings}), headings)


def _cuts_beside_steps(line: _Line, level: int) -> bool:
    heading = _MARKDOWN_HEADING.match(line.bare)
    return (heading is not None and len(heading["level"]) <= level) or _ANSWER_LINE.match(line.bare) is not None


def _without_bare_headings(page: _Page, cuts: list[int], headings: set[int]) -> list[int]:
    """Leaves out the cut after a heading with nothing beneath it, so that it begins the step that follows."""
    kept: list[int] = []
    for index, cut in enumerate(cuts):
        part_before = page.text[cuts[index - 1] : cut].strip()  # of the first cut: not asked for
        bare_heading = index > 0 and cuts[index - 1] in headings and not _BREAK.search(part_before)
        if bare_heading and not _ANSWER_LINE.match(part_before):
            continue
        kept.append(cut)
    return kept


def _list_items(page: _Page, body: list[_Line]) -> list[int]:
    items = _numbered_items(body) or _outermost(
        [(line, len(match["indent"])) for line in body if line.free and (match := _BULLETED.match(line.text))]
    )
    if len(items) < 2:
        return []
    starts = {line.start for line in items}
    numbered = _NUMBERED.match(items[0].text) is not None
    last_of_runs = _last_items(items) if numbered else starts
    cuts: list[int] = []
    loose, after_blank, joined = True, False, False  # loose: outside of an item, where paragraphs are cut
    in_last = False
    for line in body:
        if line.blank:
            after_blank = True
            continue
        if line.start in starts:
            cuts.append(line.start)
            loose, in_last = False, line.start in last_of_runs
        elif after_blank and line.free and (loose or (in_last and line.indent <= items[0].indent)):
            loose = True
            if not joined and not page.only_uncut(line.start, _paragraph_end(body, line)):
                cuts.append(line.start)
        joined = _goes_on(line.text)
        after_blank = False
    return cuts


def _numbered_items(body: list[_Line]) -> list[_Line]:
    """Items of the outermost list or lists that count 1, 2, 3 …; a list of one is none."""
    found = [
        (line, len(match["indent"]), match) for line in body if line.free and (match := _NUMBERED.match(line.text))
    ]
    outermost = _outermost([(line, indent) for line, indent, _ in found])
    items: list[_Line] = []
    expected = 1
    for line, _, match in found:
        number = int(match["a"] or match["b"])
        if line in outermost and number in (1, expected):
            items.append(line)
            expected = number + 1
    return items if len(items) > 1 else []


def _outermost(candidates: list[tuple[_Line, int]]) -> list[_Line]:
    least = min((indent for _, indent in candidates), default=0)
    return [line for line, indent in candidates if indent <= least + 1]


def _last_items(items: list[_Line]) -> set[int]:
    """Starts of the items after which a numbered list ends, because none follows or it begins again at 1."""
    numbers = [int(match["a"] or match["b"]) for line in items if (match := _NUMBERED.match(line.text))]
    return {line.start for line, following in zip(items, [*numbers[1:], 1], strict=True) if following == 1}


def _paragraphs(page: _Page, body: list[_Line]) -> list[int]:
    return _cuts_at(page, body, lambda before, _line, after_blank: after_blank and not _goes_on(before.text))


def _line_breaks(page: _Page, body: list[_Line]) -> list[int]:
    return _cuts_at(
        page, body, lambda before, line, _blank: not _goes_on(before.text) and not _is_wrapped(before, line)
    )


def _sentences(page: _Page, body: list[_Line]) -> list[int]:
    if not body:
        return []
    ends = sentence_ends(page.text, body[0].start, body[-1].end)
    return [end for end in ends if not _inside(page.uncut, end)]


def _cuts_at(page: _Page, body: list[_Line], parts: Callable[[_Line, _Line, bool], bool]) -> list[int]:
    cuts: list[int] = []
    before: _Line | None = None
    after_blank = False
    for line in body:
        if line.blank:
            after_blank = True
            continue
        if before is not None and line.free and parts(before, line, after_blank):
            whole = _paragraph_end(body, line) if after_blank else _stretch_end(page, line)
            if not page.only_uncut(line.start, whole):
                cuts.append(line.start)
        before, after_blank = line, False
    return cuts


def _paragraph_end(body: list[_Line], first: _Line) -> int:
    """Where the paragraph ends that this line begins: at a blank line that lies in no formula, table or code."""
    end = first.end
    for line in body[bisect_right(body, first.start, key=lambda line: line.start) :]:
        if line.blank:
            break
        end = line.end
    return end


def _stretch_end(page: _Page, line: _Line) -> int:
    """The line's end, or that of the formula, table or code that begins on it and goes beyond."""
    return max([line.end, *(end for start, end in page.uncut if line.start <= start < line.end)])


def _goes_on(text: str) -> bool:
    """Whether a paragraph or line ends so that the next one belongs to it, or is a title to it."""
    return text.rstrip().rstrip("*_").endswith((":", "：", ",", "，")) or _TITLE.match(text.strip()) is not None


def _is_wrapped(before: _Line, line: _Line) -> bool:
    bare = before.text.rstrip()
    return len(bare) >= _WRAPPED_LINE_LENGTH and (bare[-1].isalnum()) and line.text.lstrip()[:1].islower()


_RULES: tuple[Callable[[_Page, list[_Line]], list[int]], ...] = (
    _headings,
    _list_items,
    _paragraphs,
    _line_breaks,
    _sentences,
)


def _parts(page: _Page, cuts: Sequence[int]) -> list[Stretch]:
    """The text between the cuts without the layout at its edges; what has no letter or digit joins what is before."""
    edges = sorted({0, *cuts, len(page.text)})
    parts: list[Stretch] = []
    for start, end in (_trimmed(page, *edge) for edge in pairwise(edges)):
        if start == end:
            continue
        bare = not any(character.isalnum() for character in page.text[start:end])
        if parts and (bare or not any(character.isalnum() for character in page.text[slice(*parts[-1])])):
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    return parts


def _trimmed(page: _Page, start: int, end: int) -> Stretch:
    text = page.text
    layout = _LAYOUT_WITH_LITERAL if page.literal_breaks else _LAYOUT
    while start < end and (found := layout.match(text, start, end)):
        start = found.end()
    while start < end and (text[end - 1].isspace() or (page.literal_breaks and text.endswith(r"\n", start, end))):
        end -= 1 if text[end - 1].isspace() else 2
    return start, end
