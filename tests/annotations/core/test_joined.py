"""Findings joined through several critiques: each told once, no two of one critique together."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from annotations.core.joined import join
from annotations.core.matching import Placed
from annotations.core.schema import Finding, Span


def at(step: int, start: int, end: int, kind: str | None = None) -> Placed:
    return Placed(step, Finding(error_type=kind, marks=(Span(start=start, end=end),)))


ANY = st.sampled_from(
    [at(step, start, 8, kind) for step in (1, 2, 4) for start in (0, 5) for kind in ("a", "b/c", None)]
)


def test_what_all_mark_is_one_group_and_the_rest_stand_alone() -> None:
    same, other = at(2, 0, 8), at(4, 0, 3)
    assert join([[same], [other, same], [same]]) == (((0, 0), (1, 1), (2, 0)), ((1, 0),))


def test_two_findings_of_one_critique_never_come_together_through_a_third() -> None:
    """The third marks both halves: it is like each of them, and joins only the likest."""
    left, right, whole = at(1, 0, 10), at(1, 10, 16), at(1, 0, 16)
    groups = join([[left, right], [whole]])
    assert groups == (((0, 0), (1, 0)), ((0, 1),))


def test_nothing_found_is_no_group() -> None:
    assert join([[], []]) == ()


@given(st.lists(st.lists(ANY, max_size=3), max_size=4))
def test_each_finding_is_in_one_group_and_a_group_has_one_of_each_critique(critiques: list[list[Placed]]) -> None:
    groups = join(critiques)
    told = Counter(member for group in groups for member in group)
    assert told == Counter((number, place) for number, held in enumerate(critiques) for place in range(len(held)))
    assert all(len({number for number, _ in group}) == len(group) for group in groups)


@given(st.lists(ANY, max_size=4, unique_by=repr), st.integers(2, 4))
def test_the_same_critique_again_and_again_is_joined_whole(held: list[Placed], times: int) -> None:
    assert all(len(group) == times for group in join([held] * times))
