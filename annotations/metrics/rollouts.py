"""Rollouts: how often does a chain come out right when it is continued from after step k?

A rollout set is N continuations of one prefix by one generator, of which `right` and `wrong` were read and the rest
`unparsed`. Its success is right / (right + wrong): what could not be read says nothing, and stands beside. Without a
read rollout it is None, never zero; so is everything that would need it.

Sources: success of prefixes as the value of a state, and the advantage of a step as its difference (METHODS.md row 55);
difficulty as 1 − pass rate (row 45); intervals by Wilson (1927) and, for a difference of two independent shares,
Newcombe (1998), method 10. Second opinions in the tests: statsmodels' `proportion_confint` and
`confint_proportions_2indep`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal

LEVEL = 0.95

Change = Literal["better", "worse", "no clear change", "unknown"]


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of the continuations of one prefix."""

    right: int
    wrong: int
    unparsed: int = 0

    @property
    def read(self) -> int:
        return self.right + self.wrong

    @property
    def success(self) -> float | None:
        return self.right / self.read if self.read else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.right + other.right, self.wrong + other.wrong, self.unparsed + other.unparsed)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval; all None where nothing was read."""

    value: float | None
    low: float | None
    high: float | None

    @property
    def change(self) -> Change:
        """Of a difference: whether its interval leaves zero out."""
        if self.low is None or self.high is None:
            return "unknown"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "no clear change"


NOTHING = Estimate(None, None, None)


def success(tally: Tally, *, level: float = LEVEL) -> Estimate:
    """The share of right rollouts with Wilson's interval.

    With p = right / n and z the normal quantile: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n). Within [0, 1], and
    neither empty nor a point at p = 0 or 1.
    """
    if not tally.read:
        return NOTHING
    n, z = tally.read, NormalDist().inv_cdf(0.5 + level / 2)
    share = tally.right / n
    middle = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Estimate(share, max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale))


def difference(later: Tally, earlier: Tally, *, level: float = LEVEL) -> Estimate:
    """Success of `later` minus success of `earlier`, with Newcombe's interval from the two Wilson intervals.

    low = d − √((p₁ − l₁)² + (u₂ − p₂)²), high = d + √((u₁ − p₁)² + (p₂ − l₂)²).
    """
    one, other = success(later, level=level), success(earlier, level=level)
    if one.value is None or other.value is None:
        return NOTHING
    assert one.low is not None and one.high is not None and other.low is not None and other.high is not None
    found = one.value - other.value
    down = sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    up = sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Estimate(found, max(-1.0, found - down), min(1.0, found + up))


@dataclass(frozen=True, slots=True, kw_only=True)
class CausalCheck:
    """Did this step, or what it should have been, change the outcome?

    step: success after the step minus before it. correction: success after the corrected text minus after the step as
    it stands. Both None where the sets are missing or nothing was read.
    """

    step: Estimate
    correction: Estimate


def causal_check(before: Tally | None, after: Tally | None, corrected: Tally | None) -> CausalCheck:
    return CausalCheck(
        step=difference(after, before) if before and after else NOTHING,
        correction=difference(corrected, after) if corrected and after else NOTHING,
    )


def advantages(tallies: Mapping[int, Tally], steps: int) -> tuple[float | None, ...]:
    """Of each step 1..steps: success from after it minus success from before it.

    tallies: by the number of steps in the prefix, 0 to `steps`. Where a prefix has no rollouts, or none was read, the
    steps on both sides of it are None. They telescope: over known steps i..j they sum to success(j) − success(i − 1).
    """
    values = [tallies[k].success if k in tallies else None for k in range(steps + 1)]
    return tuple(
        None if before is None or after is None else after - before for before, after in itertools.pairwise(values)
    )


def difficulty(tally: Tally | None) -> float | None:
    """1 − the pass rate of whole chains (prefix of no steps); None where nothing was read."""
    rate = tally.success if tally else None
    return None if rate is None else 1 - rate


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """Two continuations of the same prefix, by their places in the set, from 0."""

    chosen: int
    rejected: int


def preference_pairs(outcomes: Sequence[str], *, most: int | None = None) -> tuple[PreferencePair, ...]:
    """Each right rollout beside one wrong one, in order; none is used twice. outcomes: right, wrong or unparsed."""
    right = [place for place, outcome in enumerate(outcomes) if outcome == "right"]
    wrong = [place for place, outcome in enumerate(outcomes) if outcome == "wrong"]
    pairs = [PreferencePair(*pair) for pair in zip(right, wrong, strict=False)]
    return tuple(pairs if most is None else pairs[:most])
