"""The court's figures by hand, and their bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.metrics.bootstrap import figures
from annotations.metrics.court import FORMULAS, STATUSES, Found, Tried, counts


def value(name: str, responses: list[Tried], author: str = "direct") -> float | None:
    return figures(counts(responses, author), FORMULAS, resamples=20)[name].value


ONE = Tried(
    found=(
        Found("direct", "both", 0), Found("Ann", "both", 0),
        Found("direct", "nitpick", 1),
        Found("direct", "wrong", 2),
        Found("Ann", "real", 3),
        Found("direct", "duplicate", 0),
        Found("direct", "open", 5),
    ),
    authors=frozenset({"direct", "Ann", "lookback"}),
)  # fmt: skip


def test_one_response_by_hand() -> None:
    """direct: decided are both, nitpick, wrong, duplicate (4); things 0 and 3, of which it has 0."""
    assert value("precision", [ONE]) == pytest.approx(1 / 4)
    assert value("court_precision", [ONE]) == 0
    assert value("nitpick_rate", [ONE]) == value("hallucination_rate", [ONE]) == pytest.approx(1 / 4)
    assert value("recall", [ONE]) == pytest.approx(1 / 2)
    assert value("coverage", [ONE]) == pytest.approx(4 / 5)
    assert value("recall", [ONE], "Ann") == value("precision", [ONE], "Ann") == 1


def test_a_duplicate_of_what_is_real_finds_it() -> None:
    found = (Found("Ann", "real", 0), Found("direct", "duplicate", 0))
    assert value("recall", [Tried(found, frozenset({"Ann", "direct"}))]) == 1


def test_who_found_nothing_has_recall_and_no_precision() -> None:
    assert value("precision", [ONE], "lookback") is None
    assert value("recall", [ONE], "lookback") == 0


def test_responses_that_an_author_did_not_judge_are_not_held_against_them() -> None:
    other = Tried((Found("Ann", "real", 0),), frozenset({"Ann"}))
    assert value("recall", [ONE, other]) == pytest.approx(1 / 2)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(STATUSES), st.integers(0, 3)), max_size=8))
def test_rates_lie_between_0_and_1_and_add_up(held: list[tuple[str, str, int]]) -> None:
    tried = Tried(tuple(Found(*one) for one in held), frozenset("ab"))  # type: ignore[arg-type]
    told = {name: value(name, [tried], "a") for name in FORMULAS}
    assert all(share is None or 0 <= share <= 1 for share in told.values())
    parts = [told["precision"], told["nitpick_rate"], told["hallucination_rate"]]
    assert all(part is None for part in parts) or sum(part or 0 for part in parts) <= 1 + 1e-9
