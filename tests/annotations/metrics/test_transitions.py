"""Corrections: the ratios by hand, and the identities between them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.metrics import transitions
from annotations.metrics.transitions import Transition


def scores(rr: int, rw: int, wr: int, ww: int, unknown: int = 0) -> dict[str, float]:
    made = [Transition(True, True)] * rr + [Transition(True, False)] * rw
    made += [Transition(False, True)] * wr + [Transition(False, False)] * ww + [Transition(None, True)] * unknown
    sums = transitions.counts(made).sums()
    return {name: float(formula(sums)) for name, formula in transitions.FORMULAS.items()}


def test_a_hand_computed_table() -> None:
    found = scores(rr=6, rw=2, wr=1, ww=3, unknown=4)
    assert found["pcr"] == 1 / 4
    assert found["ncr"] == 2 / 8
    assert found["gain"] == 0
    assert found["accuracy_before"] == pytest.approx(8 / 12)
    assert found["accuracy_after"] == pytest.approx(7 / 12)
    assert found["rss"] == pytest.approx((7 / 12 - (8 / 12) ** 2) / (2 * (8 / 12) * (4 / 12)))
    assert found["coverage"] == 12 / 16


def test_an_empty_group_is_undefined_and_not_zero() -> None:
    found = scores(rr=3, rw=1, wr=0, ww=0)
    assert math.isnan(found["pcr"])
    assert math.isnan(found["gain"])
    assert math.isnan(found["rss"])
    assert found["ncr"] == 1 / 4


@given(*[st.integers(1, 50)] * 4)
def test_identities(rr: int, rw: int, wr: int, ww: int) -> None:
    found = scores(rr, rw, wr, ww)
    assert found["gain"] == pytest.approx(found["cs"] + found["cl"] - 1)
    assert found["pcr"] == found["cs"]
    assert found["ncr"] == pytest.approx(1 - found["cl"])
    before = found["accuracy_before"]
    assert found["accuracy_after"] == pytest.approx(before * found["cl"] + (1 - before) * found["cs"])


@given(st.integers(1, 9))
def test_a_second_answer_drawn_like_the_first_has_rss_one_half(right: int) -> None:
    wrong = 10 - right
    found = scores(rr=right * right, rw=right * wrong, wr=wrong * right, ww=wrong * wrong)
    assert found["rss"] == pytest.approx(0.5)
