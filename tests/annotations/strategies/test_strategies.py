"""Ranks, and the probabilities that go with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from annotations.strategies.base import Signals, lottery, reach, strategies, uniforms
from annotations.strategies.reweighted import cluster_weights
from annotations.verbs.routing import interleaved

KEYS = np.arange(1, 61, dtype=np.uint64)


def signals(count: int = 60, **given: Any) -> Signals:
    plain = dict.fromkeys(("priority", "judged", "real", "broken"), np.zeros(count))
    plain |= dict.fromkeys(("uncertainty", "quality"), np.full(count, np.nan))
    plain |= dict.fromkeys(("cluster", "kind"), np.zeros(count, dtype=np.int64))
    return Signals(**(plain | {"position": np.arange(count, dtype=float)} | given))


def order(name: str, held: Signals, seed: int = 1) -> list[int]:
    return list(np.argsort(strategies()[name].ranks(held, uniforms(KEYS[: len(held.position)], seed)).rank))


def test_a_file_in_the_folder_is_a_strategy() -> None:
    assert {"breadth_first", "depth_first", "by_priority", "uncertain_first", "cluster_quotas", "reweighted"} < set(
        strategies()
    )
    assert {"class_balanced", "predicted_quality", "matched_to_skills", "by_chance"} < set(strategies())


def test_the_same_seed_gives_the_same_order_and_another_one_another() -> None:
    assert order("by_chance", signals()) == order("by_chance", signals())
    assert order("by_chance", signals()) != order("by_chance", signals(), seed=2)


def test_priority_and_uncertainty_go_first_and_what_nobody_read_comes_last() -> None:
    assert order("by_priority", signals(4, priority=np.array([0.0, 5.0, 0.0, 9.0]))) == [3, 1, 0, 2]
    assert order("uncertain_first", signals(4, uncertainty=np.array([np.nan, 0.1, 0.5, np.nan]))) == [2, 1, 0, 3]


@pytest.mark.parametrize(("strategy", "field"), [("class_balanced", "kind"), ("cluster_quotas", "cluster")])
def test_classes_and_clusters_are_equal_in_number_until_one_is_used_up(strategy: str, field: str) -> None:
    held = np.array([0] * 40 + [1] * 12 + [2] * 8)
    first = order(strategy, signals(**{field: held}))[:24]
    assert np.bincount(held[first]).tolist() == [8, 8, 8]


def test_a_cluster_of_real_disagreements_gains_weight_and_a_broken_one_fades_but_stays() -> None:
    cluster = np.array([0] * 20 + [1] * 20 + [2] * 20)
    judged = np.array(([1.0] * 10 + [0.0] * 10) * 3)
    real = np.where(cluster == 0, judged, 0.0)
    broken = np.where(cluster == 2, 1 - judged, 0.0)
    held = signals(cluster=cluster, judged=judged, real=real, broken=broken)
    weights = cluster_weights(held)
    assert weights[0] > weights[1] > weights[2] > 0
    drawn = [cluster[order("reweighted", held, seed)[0]] for seed in range(400)]
    counts = np.bincount(drawn, minlength=3)
    assert counts[0] > counts[1] > counts[2] > 0


def test_a_bad_chain_is_seen_sooner_and_an_unread_one_counts_as_the_mean() -> None:
    quality = np.array([0.0] * 20 + [1.0] * 20 + [np.nan] * 20)
    ranks = strategies()["predicted_quality"].ranks(signals(quality=quality), uniforms(KEYS, 3))
    assert ranks.parameter[0] > ranks.parameter[40] > ranks.parameter[20] > 0


@pytest.mark.parametrize("name", ["by_chance", "predicted_quality", "reweighted", "cluster_quotas", "class_balanced"])
def test_the_probability_to_rank_below_a_threshold_is_what_it_comes_to(name: str) -> None:
    """Over 3000 seeds: the share of ranks below the threshold, within four standard errors."""
    held = signals(
        kind=np.array([0] * 45 + [1] * 15), cluster=np.array([0] * 45 + [1] * 15), quality=np.linspace(0, 1, 60)
    )
    strategy, threshold, times = strategies()[name], 5.0 if name.startswith("c") else 0.4, 3000
    drawn = [strategy.ranks(held, uniforms(KEYS, seed)) for seed in range(times)]
    found = np.mean([ranks.rank < threshold for ranks in drawn], axis=0)
    told = reach(strategy.kind, drawn[0].parameter, threshold)
    assert 0.03 < told.min() <= told.max() < 1
    assert np.all(np.abs(found - told) < 4 * np.sqrt(told * (1 - told) / times) + 1e-9)


def test_a_threshold_of_the_next_rank_makes_an_unbiased_weight() -> None:
    """40 of 200 drawn unevenly: sums of 1/p estimate 200 and the number of errors; the plain share does not."""
    generator = np.random.default_rng(5)
    wrong = generator.random(200) < 0.3
    weights = np.where(wrong, 4.0, 1.0)  # what is wrong comes sooner
    estimates, plain, sizes = [], [], []
    for seed in range(600):
        ranks = lottery(weights, uniforms(np.arange(200, dtype=np.uint64), seed))
        chosen = np.argsort(ranks.rank)
        taken, threshold = chosen[:40], ranks.rank[chosen[40]]
        inverse = 1 / reach("lottery", ranks.parameter[taken], threshold)
        estimates.append((inverse * wrong[taken]).sum())
        sizes.append(inverse.sum())
        plain.append(wrong[taken].mean() * 200)
    error = np.std(estimates) / np.sqrt(600)
    assert abs(np.mean(estimates) - wrong.sum()) < 4 * error
    assert abs(np.mean(sizes) - 200) < 4 * np.std(sizes) / np.sqrt(600)
    assert np.mean(plain) > wrong.sum() + 20 * error


def test_strategies_are_interleaved_by_their_shares() -> None:
    lane = np.array([0] * 30 + [1] * 10)
    place = interleaved(lane, np.arange(40, dtype=float))
    first = lane[np.argsort(place)][:20]
    assert np.bincount(first).tolist() == [15, 5]
