"""Rollouts: success, its interval and differences, advantages that telescope, and nothing made out of nothing."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from annotations.core.rollout_facts import PreferencePair, Tally, advantages, difficulty, preference_pairs
from annotations.metrics.rollouts import NOTHING, causal_check, difference, success

tallies = st.builds(Tally, st.integers(0, 30), st.integers(0, 30), st.integers(0, 5))
read_tallies = tallies.filter(lambda tally: tally.read)


def test_three_of_four_by_hand():
    """z = 1.96: (0.75 + 0.4802 ± 1.96 √(0.046875 + 0.060025)) / 1.9604 = 0.3006 … 0.9544."""
    estimate = success(Tally(3, 1, unparsed=6))
    assert estimate.value == 0.75
    assert (round(estimate.low, 4), round(estimate.high, 4)) == (0.3006, 0.9544)


def test_nothing_read_is_no_zero():
    assert success(Tally(0, 0, unparsed=8)) == NOTHING
    assert difference(Tally(0, 0, 8), Tally(3, 1)) == NOTHING
    assert difficulty(Tally(0, 0, 8)) is None
    assert difficulty(None) is None


@given(read_tallies)
def test_wilsons_interval_is_statsmodels(tally):
    low, high = proportion_confint(tally.right, tally.read, method="wilson")
    estimate = success(tally)
    assert isclose(estimate.low, low, abs_tol=1e-9)
    assert isclose(estimate.high, high, abs_tol=1e-9)
    assert 0 <= estimate.low <= estimate.value + 1e-12
    assert estimate.value - 1e-12 <= estimate.high <= 1


@given(read_tallies, read_tallies)
def test_newcombes_interval_is_statsmodels(later, earlier):
    low, high = confint_proportions_2indep(
        later.right, later.read, earlier.right, earlier.read, method="newcomb", compare="diff"
    )
    estimate = difference(later, earlier)
    assert isclose(estimate.low, low, abs_tol=1e-9)
    assert isclose(estimate.high, high, abs_tol=1e-9)


@given(read_tallies, read_tallies)
def test_a_difference_turns_round_with_its_sides(one, other):
    forth, back = difference(one, other), difference(other, one)
    assert isclose(forth.value, -back.value, abs_tol=1e-12)
    assert isclose(forth.low, -back.high, abs_tol=1e-12)


def test_a_step_that_spoils_the_chain_and_its_correction_that_mends_it():
    check = causal_check(before=Tally(14, 2), after=Tally(1, 15), corrected=Tally(13, 3))
    assert check.step.change == "worse"
    assert check.correction.change == "better"
    assert round(check.step.value, 4) == round(1 / 16 - 14 / 16, 4)


def test_with_few_rollouts_nothing_is_clear_and_with_none_nothing_is_known():
    assert causal_check(Tally(1, 1), Tally(0, 2), None).step.change == "no clear change"
    assert causal_check(Tally(1, 1), Tally(0, 2), None).correction.change == "unknown"
    assert causal_check(None, Tally(0, 2), None).step.change == "unknown"


@given(st.lists(read_tallies, min_size=1, max_size=9))
def test_advantages_telescope(values):
    steps = len(values) - 1
    gained = advantages(dict(enumerate(values)), steps)
    assert len(gained) == steps
    assert isclose(sum(gained), values[-1].success - values[0].success, abs_tol=1e-9)


@given(st.dictionaries(st.integers(0, 6), tallies), st.integers(0, 6))
def test_a_missing_prefix_leaves_both_its_sides_unknown_and_never_zero(values, steps):
    for step, advantage in enumerate(advantages(values, steps), 1):
        known = all(k in values and values[k].read for k in (step - 1, step))
        assert (advantage is not None) == known


def test_difficulty_is_what_the_pass_rate_leaves():
    assert difficulty(Tally(6, 2, 4)) == 0.25


def test_pairs_share_the_prefix_and_use_none_twice():
    outcomes = ["wrong", "right", "unparsed", "right", "wrong", "right"]
    assert preference_pairs(outcomes) == (PreferencePair(1, 0), PreferencePair(3, 4))
    assert preference_pairs(outcomes, most=1) == (PreferencePair(1, 0),)
    assert preference_pairs(["right", "right"]) == ()


@pytest.mark.parametrize("one", [Tally(1, 2, 3)])
def test_tallies_add(one):
    assert one + Tally(1, 1, 1) == Tally(2, 3, 4)
