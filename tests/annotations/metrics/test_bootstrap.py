"""Intervals: the same as another library's, reproducible, clustered, paired, honest about what is undefined."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from annotations.metrics.bootstrap import Counts, Sums, difference, figures, ratio, within_noise


def mean(sums: Sums) -> np.ndarray:
    return ratio(sums["x"], sums["n"])


def counts_of(values: list[float], **more: object) -> Counts:
    return Counts.of(["x", "n"], [[value, 1] for value in values], **more)  # type: ignore[arg-type]


def some_values(seed: int = 1, size: int = 80) -> list[float]:
    return [float(value) for value in np.random.default_rng(seed).exponential(size=size)]


def test_the_interval_of_a_mean_is_scipys_bca_interval() -> None:
    values = some_values()
    ours = figures(counts_of(values), {"mean": mean}, resamples=20_000)["mean"]
    theirs = stats.bootstrap((values,), np.mean, n_resamples=20_000, method="BCa", rng=3).confidence_interval
    assert ours.value == pytest.approx(np.mean(values))
    assert ours.low == pytest.approx(theirs.low, abs=0.01)
    assert ours.high == pytest.approx(theirs.high, abs=0.01)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    counts = counts_of(some_values())
    first, again, other = (figures(counts, {"mean": mean}, seed=seed)["mean"] for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_several_responses_of_one_problem_count_as_one_draw() -> None:
    """Each value ten times over: what looks like 200 responses knows no more than 20."""
    values = some_values(size=20)
    tenfold = [value for value in values for _ in range(10)]
    problems = [number for number in range(20) for _ in range(10)]
    alone = figures(counts_of(values), {"mean": mean})["mean"]
    clustered = figures(counts_of(tenfold, clusters=problems), {"mean": mean})["mean"]
    naive = figures(counts_of(tenfold), {"mean": mean})["mean"]
    assert clustered.clusters == 20
    assert (clustered.low, clustered.high) == pytest.approx((alone.low, alone.high))
    assert naive.half_width is not None and clustered.half_width is not None
    assert naive.half_width < clustered.half_width / 2


def test_the_same_critic_twice_differs_by_nothing() -> None:
    counts = counts_of(some_values())
    paired = difference(counts, counts, mean)
    assert (paired.value, paired.low, paired.high) == (0, 0, 0)
    assert within_noise(paired) is True


def test_a_difference_is_paired_so_that_a_small_steady_one_is_seen() -> None:
    values = some_values()
    better = [value + 0.1 + 0.01 * (-1) ** index for index, value in enumerate(values)]
    paired = difference(counts_of(better), counts_of(values), mean)
    assert paired.value == pytest.approx(0.1)
    assert within_noise(paired) is False


def test_counts_of_other_responses_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="same responses"):
        difference(counts_of([1, 2]), counts_of([1, 2, 3]), mean)


def test_what_is_undefined_is_none_and_says_how_often_it_was() -> None:
    nothing = Counts.of(["x", "n"], [[0, 0]] * 5)
    assert figures(nothing, {"mean": mean})["mean"].value is None
    rare = figures(Counts.of(["x", "n"], [[1, 1]] + [[0, 0]] * 9), {"mean": mean})["mean"]
    assert rare.value == 1
    assert rare.undefined == pytest.approx(0.9**10, abs=0.05)


def test_one_response_has_a_value_and_no_interval() -> None:
    alone = figures(counts_of([3.0]), {"mean": mean})["mean"]
    assert (alone.value, alone.low, alone.high, alone.clusters) == (3.0, None, None, 1)


def test_weights_make_sums_those_of_the_population() -> None:
    """Of two kinds of items one was given four times as often: the plain mean is off, the weighted one is not."""
    values, probabilities = [1.0] * 80 + [0.0] * 20, [0.8] * 80 + [0.2] * 20
    weighted = counts_of(values, weights=[1 / probability for probability in probabilities])
    assert figures(counts_of(values), {"mean": mean})["mean"].value == pytest.approx(0.8)
    assert figures(weighted, {"mean": mean})["mean"].value == pytest.approx(0.5)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="clusters: expected 2"):
        counts_of([1, 2], clusters=["a"])
    with pytest.raises(ValueError, match="weights: expected 2"):
        counts_of([1, 2], weights=[1.0])
