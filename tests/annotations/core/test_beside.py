"""A critic's finding stands beside the person's that it is most like, or alone."""

from __future__ import annotations

from annotations.core.beside import beside
from annotations.core.schema import Finding, Region, Span


def a_finding(*spans: tuple[int, int], type: str | None = None) -> Finding:
    return Finding(error_type=type, marks=tuple(Span(start=start, end=end) for start, end in spans))


def test_findings_that_mark_the_same_text_stand_side_by_side() -> None:
    mine = [a_finding((0, 4)), a_finding((10, 20))]
    assert beside(mine, [a_finding((12, 18)), a_finding((2, 6))]) == {0: 1, 1: 0}


def test_the_one_that_shares_more_goes_first_and_each_has_one_partner() -> None:
    mine = [a_finding((0, 10))]
    assert beside(mine, [a_finding((0, 2)), a_finding((0, 9)), a_finding((5, 8))]) == {1: 0}


def test_shared_text_tells_more_than_a_shared_type() -> None:
    mine = [a_finding((0, 4), type="knowledge"), a_finding(type="reasoning/logic")]
    assert beside(mine, [a_finding((1, 3), type="reasoning/logic")]) == {0: 0}


def test_where_no_text_is_marked_types_tell_and_then_their_first_level() -> None:
    mine = [a_finding(type="perception/counting"), a_finding(type="perception/text_reading")]
    assert beside(mine, [a_finding(type="perception/text_reading")]) == {0: 1}
    assert beside(mine, [a_finding(type="perception/spatial")]) == {0: 0}


def test_the_only_finding_of_each_in_a_step_stands_beside_the_other() -> None:
    assert beside([a_finding((0, 4))], [a_finding((9, 12), type="knowledge")]) == {0: 0}


def test_findings_that_nothing_connects_stand_alone() -> None:
    region = Finding(marks=(Region(points=((0.1, 0.1), (0.2, 0.2))),))
    assert beside([a_finding((0, 4), type="knowledge"), region, a_finding()], [a_finding((5, 9)), region]) == {}
