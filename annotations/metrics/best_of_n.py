"""Best of N: can this critic choose a right answer among several? (METHODS.md row 8)

Of each problem with N chains: pass@1 is the expectation of choosing blindly, pass@N whether any is right, `selected`
what the critic's choice gives; ties share the choice evenly. A critic that knows nothing selects pass@1, one that knows
all selects pass@N, so `closed` says how much of that gap it closes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from annotations.metrics.bootstrap import Counts, Floats, Formula, Sums, ratio

COLUMNS = ("problems", "blind", "any", "selected")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One chain: whether its answer is right, and the critic's score of it (higher is better; None: not judged)."""

    right: bool
    score: float | None


def counts(problems: Iterable[Sequence[Candidate]]) -> Counts:
    """One row a problem, over its judged candidates; a problem without any counts nothing."""
    return Counts.of(COLUMNS, [_row(candidates) for candidates in problems])


def _row(candidates: Sequence[Candidate]) -> list[float]:
    judged = [(one.right, one.score) for one in candidates if one.score is not None]
    if not judged:
        return [0.0] * 4
    best = max(score for _, score in judged)
    chosen = [right for right, score in judged if score == best]
    right = [right for right, _ in judged]
    return [1.0, sum(right) / len(right), float(any(right)), sum(chosen) / len(chosen)]


def _closed(sums: Sums) -> Floats:
    return ratio(sums["selected"] - sums["blind"], sums["any"] - sums["blind"])


FORMULAS: Mapping[str, Formula] = {
    "pass_at_1": lambda sums: ratio(sums["blind"], sums["problems"]),
    "pass_at_n": lambda sums: ratio(sums["any"], sums["problems"]),
    "selected": lambda sums: ratio(sums["selected"], sums["problems"]),
    "closed": _closed,
}


def pass_at_k(right: int, samples: int, k: int) -> float | None:
    """The unbiased estimate 1 − C(n−c, k) / C(n, k) (Chen et al. 2021); None with fewer than k samples."""
    if not 1 <= k <= samples:
        return None
    return 1.0 - comb(samples - right, k) / comb(samples, k)


def balance(right: Sequence[int], kept: Sequence[int], *, wanted: int) -> float | None:
    """B-STaR's balance of exploration and exploitation: mean of min(n_ok / n*, 1) · (n_ok / n_kept) over problems.

    `right` and `kept` (problems,): right answers among those that the critic kept; `wanted` is n*. A problem of which
    nothing was kept scores 0. None without problems. Source: METHODS.md row 18.
    """
    if len(right) != len(kept):
        raise ValueError(f"expected as many right as kept, found {len(right)} and {len(kept)}")
    if not right:
        return None
    scores = [min(ok / wanted, 1.0) * (ok / held) if held else 0.0 for ok, held in zip(right, kept, strict=True)]
    return float(np.mean(scores))
