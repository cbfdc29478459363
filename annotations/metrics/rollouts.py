"""Rollouts: how often does a chain come out right when it is continued from after step k, and how sure is that?

What follows from the counts alone is `core.rollout_facts`; here are the intervals.

Sources: intervals by Wilson (1927) and, for a difference of two independent shares, Newcombe (1998), method 10. Second
opinions in the tests: statsmodels' `proportion_confint` and `confint_proportions_2indep`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal

from annotations.core.rollout_facts import Tally

LEVEL = 0.95

Change = Literal["better", "worse", "no clear change", "unknown"]


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
