"""Choosing among several chains."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.metrics import best_of_n
from annotations.metrics.best_of_n import Candidate

PROBLEMS = st.lists(st.lists(st.booleans(), min_size=1, max_size=5), min_size=1, max_size=8)


def scores(problems: list[list[Candidate]]) -> dict[str, float]:
    sums = best_of_n.counts(problems).sums()
    return {name: float(formula(sums)) for name, formula in best_of_n.FORMULAS.items()}


@given(PROBLEMS)
def test_an_oracle_selects_pass_at_n_and_one_that_knows_nothing_pass_at_1(problems: list[list[bool]]) -> None:
    oracle = scores([[Candidate(right, float(right)) for right in problem] for problem in problems])
    blind = scores([[Candidate(right, 0.5) for right in problem] for problem in problems])
    assert oracle["selected"] == pytest.approx(oracle["pass_at_n"])
    assert blind["selected"] == pytest.approx(blind["pass_at_1"])
    if oracle["pass_at_n"] > oracle["pass_at_1"]:
        assert (oracle["closed"], blind["closed"]) == pytest.approx((1, 0))


def test_unjudged_chains_are_not_chosen() -> None:
    found = scores([[Candidate(True, None), Candidate(False, 0.1)], [Candidate(True, None)]])
    assert (found["pass_at_n"], found["selected"]) == (0, 0)
    assert math.isnan(found["closed"])


def test_pass_at_k_by_hand() -> None:
    """Of 4 samples 1 right: any 2 of them hold it in 3 of 6 draws."""
    assert best_of_n.pass_at_k(1, 4, 2) == pytest.approx(0.5)
    assert best_of_n.pass_at_k(4, 4, 1) == 1
    assert best_of_n.pass_at_k(1, 2, 3) is None


def test_balance_by_hand() -> None:
    """n* = 2: min(1/2, 1)·1/2 = ¼; min(4/2, 1)·4/4 = 1; nothing kept 0 → mean 5/12."""
    assert best_of_n.balance([1, 4, 0], [2, 4, 0], wanted=2) == pytest.approx(5 / 12)
    assert best_of_n.balance([], [], wanted=2) is None
