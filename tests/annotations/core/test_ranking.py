"""Kendall's tau-b, beside scipy's."""

from __future__ import annotations

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from annotations.core.ranking import kendall_tau


def test_the_same_ranking_is_1_the_reversed_one_minus_1_and_ties_alone_are_none() -> None:
    assert kendall_tau([1, 2, 3], [10, 20, 30]) == 1
    assert kendall_tau([1, 2, 3], [3, 2, 1]) == -1
    assert kendall_tau([1, 1, 2], [5, 5, 9]) == 1
    assert kendall_tau([1, 1], [1, 2]) is None
    assert kendall_tau([1], [1]) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=12))
def test_it_is_scipys(pairs: list[tuple[int, int]]) -> None:
    one, other = zip(*pairs, strict=True)
    found, expected = kendall_tau(one, other), kendalltau(one, other).statistic
    assert (found is None) if isnan(expected) else found == pytest.approx(expected)
