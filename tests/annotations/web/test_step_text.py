"""A step's HTML shows the text and nothing else, and tells the browser where each character stands."""

from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.core.offsets import grapheme_edges
from annotations.core.schema import Span
from annotations.web.step_text import NumberedMark, render_step


class Reader(HTMLParser):
    """Reads the contract back: runs and atoms with their offsets, and under which marks each piece lies."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[tuple[int, str]] = []
        self.atoms: list[tuple[int, int]] = []
        self.numbers: list[str] = []
        self.covered: dict[str, list[tuple[int, int]]] = {}
        self.tags: set[str] = set()
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        attributes = dict(attrs)
        self._open.append((tag, attributes))
        if attributes.get("class") == "run":
            self.runs.append((int(attributes["data-start"] or ""), ""))
        if attributes.get("class") == "atom":
            start, end = int(attributes["data-start"] or ""), int(attributes["data-end"] or "")
            self.atoms.append((start, end))
            self._cover(start, end)

    def handle_endtag(self, tag: str) -> None:
        opened, attributes = self._open.pop()
        assert opened == tag
        if attributes.get("class") == "run":
            start, text = self.runs[-1]
            self._cover(start, start + len(text))

    def handle_data(self, data: str) -> None:
        kind = self._open[-1][1].get("class")
        if kind == "run":
            self.runs[-1] = (self.runs[-1][0], self.runs[-1][1] + data)
        elif kind == "mark-number":
            self.numbers.append(data)
        else:
            assert any(tag == "math" for tag, _ in self._open), f"text outside of runs and atoms: {data!r}"

    def _cover(self, start: int, end: int) -> None:
        for tag, attributes in self._open:
            if tag == "mark":
                self.covered.setdefault(attributes["data-mark"] or "", []).append((start, end))


def mark(number: int, start: int, end: int) -> NumberedMark:
    return NumberedMark(number, Span(start=start, end=end), slot=number)


def assert_covers(read: Reader, text: str) -> None:
    position = 0
    for start, end, run in sorted([*((s, s + len(t), t) for s, t in read.runs), *((s, e, "") for s, e in read.atoms)]):
        assert start == position
        assert not run or run == text[start:end]
        position = end
    assert position == len(text)


def test_plain_text_is_one_run() -> None:
    assert render_step("A cat.") == (
        '<span class="step-text" dir="auto" data-length="6"><span class="run" data-start="0">A cat.</span></span>'
    )
    assert render_step("") == '<span class="step-text" dir="auto" data-length="0"></span>'


def test_a_mark_wraps_its_text_and_ends_with_its_number() -> None:
    assert (
        '<mark class="mark mark-3" data-mark="2"><span class="run" data-start="2">cat</span>'
        '<sup class="mark-number" dir="ltr" data-mark="2">2</sup></mark><span class="run" data-start="5">.</span>'
    ) in render_step("A cat.", [NumberedMark(2, Span(start=2, end=5), slot=3)])


def test_overlapping_marks_come_in_nested_pieces_each_number_once() -> None:
    read = Reader(render_step("abcdef", [mark(1, 0, 4), mark(2, 2, 6)]))
    assert read.covered == {"1": [(0, 2), (2, 4)], "2": [(2, 4), (4, 6)]}
    assert read.numbers == ["1", "2"]


def test_a_mark_within_another_lies_inside_it() -> None:
    html = render_step("abcdef", [mark(1, 2, 4), mark(2, 0, 6)])
    assert html.index('data-mark="2"') < html.index('data-mark="1"')
    assert '<mark class="mark mark-2" data-mark="2"><mark class="mark mark-1" data-mark="1">' in html


def test_a_formula_is_an_atom_and_is_marked_whole() -> None:
    read = Reader(render_step("so $x+1$ is", [mark(1, 0, 5)]))
    assert read.atoms == [(3, 8)]
    assert read.covered["1"] == [(0, 3), (3, 8)]
    assert "math" in read.tags


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</span></mark><svg onload=alert(1)>",
        "&lt;b&gt; &amp; &#60;i&#62;",
        r"$\text{</math><img src=x onerror=alert(1)>}$",
        r"$\text{&lt;img src=x onerror=alert(1)&gt;}$",
        r"$\href{javascript:alert(1)}{x}$",
        "$<script>alert(1)</script>$",
        "{{ 7*7 }} {% now %} {0}",
    ],
)
def test_text_is_never_markup(text: str) -> None:
    read = Reader(render_step(text, [mark(1, 0, 3), mark(2, 1, len(text))]))
    assert not read.tags & {"script", "img", "svg", "a", "b", "i"}
    assert_covers(read, text)


@pytest.mark.parametrize(
    "text", ["a\r\nb\rc", "  two\n\n spaces\t", "مرحبا 3.5 كِتاب", "👨‍👩‍👧 e\u0301 𝒙", "a\u00a0b\u200bc\u202ed"]
)
def test_every_character_survives(text: str) -> None:
    html = render_step(text, [mark(1, 1, 3)])
    assert "\r" not in html
    assert_covers(Reader(html), text)


def test_a_mark_within_a_grapheme_is_shown_on_all_of_it() -> None:
    read = Reader(render_step("a👨‍👩‍👧b", [mark(1, 2, 3)]))
    assert read.covered["1"] == [(1, 6)]


def test_a_mark_outside_of_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="code points"):
        render_step("abc", [mark(1, 1, 4)])


@given(st.text(alphabet="ab <>&$x\\()\"'\r\n😀e\u0301\u200dم", min_size=1, max_size=30), st.data())
def test_any_text_with_any_marks_reads_back(text: str, data: st.DataObject) -> None:
    marks = []
    for number in range(1, data.draw(st.integers(0, 4)) + 1):
        start = data.draw(st.integers(0, len(text) - 1))
        marks.append(mark(number, start, data.draw(st.integers(start + 1, len(text)))))
    read = Reader(render_step(text, marks))
    assert_covers(read, text)
    edges = set(grapheme_edges(text))
    assert sorted(read.numbers) == [str(each.number) for each in marks]
    for each in marks:
        pieces = read.covered[str(each.number)]
        assert pieces[0][0] <= each.span.start < each.span.end <= pieces[-1][1]
        assert all(one[1] == other[0] for one, other in pairwise(pieces))
        assert {pieces[0][0], pieces[-1][1]} <= edges
