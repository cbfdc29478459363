"""In which order items come to people: a strategy turns what is known of the items into ranks.

A strategy is a file with a `STRATEGY`. Its ranks are one of three kinds, and of each the probability that an item's
rank falls below a threshold is known, which is what makes reweighting possible:

- in order: ranks 0, 1, 2 … of a sorted value. P(rank < t) is 1 or 0: nothing is left to chance.
- lottery: rank = E ÷ w with E exponential. Taking items by rank is drawing without replacement in proportion to w, and
  P(rank < t) = 1 − exp(−w t) (Efraimidis & Spirakis 2006; Cohen & Kaplan 2007 for the estimate that conditions on the
  threshold, which is unbiased).
- shares: rank = (place in a random order of the item's stratum + a fraction drawn) ÷ its quota, so uniform up to
  size ÷ quota. P(rank < t) = min(1, t × quota ÷ size).

A project mixes strategies by weights: each item belongs to one of them by a seeded draw, so its probability of having
come to people is the weighted mean over all of them, whichever it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from annotations.core.plugins import modules_of

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Kind = Literal["order", "lottery", "shares"]

LEAST_WEIGHT = 0.05  # of the usual one: no item is out of reach of a lottery


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signals:
    """What is known of the items, an array (items,) each. Fractions are NaN where nothing is known."""

    position: Floats  # in which they arrived
    priority: Floats  # a lead's; higher first
    uncertainty: Floats  # of the critics, 0 to 1
    quality: Floats  # as the critics predict it, 0 to 1
    cluster: Whole  # numbered from 0
    kind: Whole  # the class to be balanced, numbered from 0
    judged: Floats  # 1 where a person has judged the item
    real: Floats  # 1 where critics and people disagreed and the reference found an error
    broken: Floats  # 1 where the item was retired, or a person could not tell


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """`rank` (items,), lower first; `parameter` (items,): what `reach` needs to tell the probability of each."""

    rank: Floats
    parameter: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """`ranks(signals, uniforms)`: uniforms (items,) in (0, 1) are the items' own, the same at every call of a seed.

    deep: all places of an item are given before the next item's. by_skill: people whose skills match come first.
    """

    name: str
    title: str
    help: str
    kind: Kind
    ranks: Callable[[Signals, Floats], Ranks]
    deep: bool = False
    by_skill: bool = False


@cache
def strategies() -> dict[str, Strategy]:
    """By name, in the order of their files."""
    found = [getattr(module, "STRATEGY", None) for module in modules_of("annotations.strategies")]
    return {strategy.name: strategy for strategy in found if strategy is not None}


def in_order(*values: Floats) -> Ranks:
    """Ascending by the first value, then the next; NaN last."""
    order = np.lexsort(tuple(reversed(values)))
    rank = np.empty(len(order))
    rank[order] = np.arange(len(order))
    return Ranks(rank, rank)


def lottery(weights: Floats, uniforms: Floats) -> Ranks:
    """Weights are taken relative to their mean, and at least LEAST_WEIGHT."""
    relative = np.maximum(weights / (weights.mean() if len(weights) else 1.0), LEAST_WEIGHT)
    return Ranks(-np.log1p(-uniforms) / relative, relative)


def shares(strata: Whole, quotas: Sequence[float] | None, uniforms: Floats) -> Ranks:
    """Every stratum by its quota (1 each by default), in a random order within."""
    rank, parameter = np.empty(len(strata)), np.empty(len(strata))
    within = np.modf(uniforms * 1_048_573)[0]  # says nothing of the place: far finer than the order
    for stratum in np.unique(strata):
        held = np.flatnonzero(strata == stratum)
        quota = quotas[int(stratum)] if quotas is not None else 1.0
        rank[held[np.argsort(uniforms[held], kind="stable")]] = np.arange(len(held))
        rank[held] = (rank[held] + within[held]) / quota
        parameter[held] = len(held) / quota
    return Ranks(rank, parameter)


def reach(kind: Kind, parameter: Floats, threshold: float) -> Floats:
    """The probability that the rank is below the threshold (infinity: all are)."""
    if np.isinf(threshold):
        return np.ones_like(parameter)
    if kind == "order":
        return (parameter < threshold).astype(float)
    if kind == "lottery":
        return -np.expm1(-parameter * threshold)
    return np.minimum(1.0, threshold / parameter)


def uniforms(keys: NDArray[np.uint64], seed: int) -> Floats:
    """Numbers in (0, 1) that depend on the key and the seed alone (splitmix64, as Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        mixed = keys + np.uint64(seed % 2**63) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return ((mixed >> np.uint64(11)).astype(float) + 0.5) / 2.0**53
