"""A small run of the simulation in tests/bench/intervals.py: intervals cover about what they promise."""

from __future__ import annotations

from tests.bench.intervals import coverage, power


def test_intervals_cover_about_ninety_five_per_cent() -> None:
    """150 simulations: a binomial share of 0.95 lies between 0.90 and 0.99 with more than 99 %."""
    held = coverage(150, 200, resamples=400)
    assert all(0.90 <= share <= 0.995 for share in held.values()), held


def test_a_planted_difference_is_found_and_none_is_seldom_alarmed() -> None:
    found = power(60, 200, (0.0, 0.25), resamples=400)
    assert found[0.0] <= 0.15
    assert found[0.25] >= 0.8
