"""Matching findings: what is one and what is two, and what must not change the result."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.core.matching import Matching, Placed, Weights, likeness, match, placed
from annotations.core.schema import Author, Critique, Finding, Judgment, Region, Span

TYPES = ("perception/text_reading", "perception/count", "reasoning/arithmetic", None)


def span(start: int, end: int) -> Span:
    return Span(start=start, end=end)


def a_box(left: float, top: float, right: float, bottom: float, image: int = 1) -> Region:
    return Region(points=((left, top), (right, bottom)), image=image)


def finding(step: int = 1, error_type: str | None = None, *marks: Span | Region, why: str = "") -> Placed:
    return Placed(step, Finding(error_type=error_type, marks=marks, explanations=(why,) if why else ()))


@st.composite
def findings(draw: st.DrawFn) -> Placed:
    start = draw(st.integers(0, 20))
    marks: list[Span | Region] = []
    if draw(st.booleans()):
        marks.append(span(start, start + draw(st.integers(1, 8))))
    if draw(st.booleans()):
        left, top = draw(st.sampled_from([(0.1, 0.1), (0.3, 0.4)]))
        marks.append(a_box(left, top, left + 0.2, top + 0.2))
    why = draw(st.sampled_from(["", "The bar reads 62, not 66.", "It does not follow from what was said before."]))
    return finding(draw(st.integers(1, 4)), draw(st.sampled_from(TYPES)), *marks, why=why)


LISTS = st.lists(findings(), max_size=5)


def as_content(matching: Matching, one: list[Placed], other: list[Placed]) -> Counter[tuple[str, str]]:
    return Counter((repr(one[found.one]), repr(other[found.other])) for found in matching.both)


def test_parts_by_hand() -> None:
    """Same step 3·1; same first-level type 2·½; spans 4 of 8 points 3·½; no region, no text: 5.5 / 8."""
    one = finding(2, "perception/count", span(0, 6))
    other = finding(2, "perception/text_reading", span(2, 8))
    assert likeness(one, other) == pytest.approx((3 + 1 + 1.5) / 8)


def test_boxes_by_hand() -> None:
    """Half of each box lies in the other: intersection ÷ union is a third."""
    one, other = finding(1, None, a_box(0, 0, 0.4, 0.4)), finding(1, None, a_box(0.2, 0, 0.6, 0.4))
    assert likeness(one, other) == pytest.approx((3 + 2 / 3) / 5)
    elsewhere = finding(1, None, a_box(0, 0, 0.4, 0.4, image=2))
    assert likeness(one, elsewhere) == pytest.approx(3 / 5)


def test_a_polygon_that_crosses_itself_is_no_crash() -> None:
    crossed = Region(shape="polygon", points=((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)))
    assert likeness(finding(1, None, crossed), finding(1, None, crossed)) == pytest.approx(1)


def test_what_one_side_does_not_give_drops_out() -> None:
    bare = finding(1)
    assert likeness(bare, finding(1, "perception/count", span(0, 4), why="No.")) == 1


def test_the_same_words_in_another_step_are_another_place() -> None:
    """Spans count in the source where the steps' offsets are known: what ends one step is not what begins the next."""
    one = Placed(1, Finding(marks=(span(0, 4),)), offset=10)
    other = Placed(2, Finding(marks=(span(0, 4),)), offset=40)
    assert likeness(one, other) == pytest.approx((3 * 0.5 + 0) / 6)


def test_explanations_in_other_words_count_more_than_unrelated_ones() -> None:
    why = "The label above the 2022 bar reads 62, not 66."
    alike = likeness(finding(1, why=why), finding(1, why="The 2022 bar is labelled 62, not 66"))
    unrelated = likeness(finding(1, why=why), finding(1, why="Dividing by the later year gives no growth rate."))
    assert alike > 0.8
    assert unrelated < 0.7


def test_one_finding_is_matched_once_and_with_the_likest() -> None:
    exact, near = finding(1, "perception/count", span(0, 6)), finding(1, "perception/count", span(3, 9))
    matching = match([exact], [near, exact])
    assert [(found.one, found.other) for found in matching.both] == [(0, 1)]
    assert matching.only_other == (0,)


def test_two_steps_away_with_nothing_in_common_is_no_match() -> None:
    matching = match([finding(1, "perception/count")], [finding(3, "reasoning/arithmetic")])
    assert (matching.both, matching.only_one, matching.only_other) == ((), (0,), (0,))


def test_the_threshold_is_the_projects() -> None:
    one, other = finding(1, "perception/count"), finding(2, "perception/count")  # (1.5 + 2) / 5 = 0.7
    assert match([one], [other]).both
    assert not match([one], [other], Weights(threshold=0.8)).both


@given(LISTS)
def test_identical_critiques_match_whole(held: list[Placed]) -> None:
    matching = match(held, held)
    assert len(matching.both) == len(held)
    assert all(found.likeness == pytest.approx(1) for found in matching.both)


@given(LISTS, LISTS)
def test_likeness_and_matching_are_symmetric(one: list[Placed], other: list[Placed]) -> None:
    there, back = match(one, other), match(other, one)
    assert sorted((found.one, found.other) for found in there.both) == sorted(
        (found.other, found.one) for found in back.both
    )
    assert (there.only_one, there.only_other) == (back.only_other, back.only_one)


@given(LISTS, LISTS, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(one: list[Placed], other: list[Placed], rng: random.Random) -> None:
    mixed, also_mixed = rng.sample(one, len(one)), rng.sample(other, len(other))
    assert as_content(match(one, other), one, other) == as_content(match(mixed, also_mixed), mixed, also_mixed)


@given(LISTS, LISTS)
def test_each_finding_is_told_once(one: list[Placed], other: list[Placed]) -> None:
    matching = match(one, other)
    assert sorted([found.one for found in matching.both] + list(matching.only_one)) == list(range(len(one)))
    assert sorted([found.other for found in matching.both] + list(matching.only_other)) == list(range(len(other)))


def test_a_critiques_findings_in_their_places() -> None:
    critique = Critique(
        author=Author(kind="person", name="somebody"),
        judgments=(
            Judgment(step=1, verdict="correct"),
            Judgment(step=2, verdict="incorrect", findings=(Finding(severity="minor"),)),
        ),
    )
    assert placed(critique, starts=(0, 17)) == (Placed(2, Finding(severity="minor"), 17),)
