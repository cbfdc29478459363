"""Is a confidence worth what it says? ECE, Brier, reliability diagram, AUROC, risk–coverage, of people and critics.

A *claim* is a judgment with a confidence and, from the reference, whether it was right. ECE and Brier are formulas of
counts in equal-width bins (`bootstrap`); AUROC and AURC need an order and are resampled by `resampled`.

Sources: Guo et al. 2017 (ECE, equal-width bins); Brier 1950; Geifman & El-Yaniv 2017 (risk–coverage); METHODS.md rows
4, 10, 54.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotations.metrics.bootstrap import Counts, Figure, Floats, Formula, Sums, ratio

BINS = 10


@dataclass(frozen=True, slots=True)
class Claim:
    """`confidence` from 0 to 1 that the judgment is right; `group` is the response, or its problem."""

    confidence: float
    right: bool
    group: str = ""


@dataclass(frozen=True, slots=True)
class Bin:
    """Claims with a confidence in [low, high), the last one closed: how many, how sure, how often right."""

    low: float
    high: float
    claims: int
    confidence: float | None
    accuracy: float | None


def counts(claims: Iterable[Claim], *, bins: int = BINS) -> Counts:
    """Columns: per bin `n.B`, `confidence.B`, `right.B`; `squared` is the sum of squared errors."""
    claims = list(claims)
    columns = [*(f"{what}.{number}" for number in range(bins) for what in ("n", "confidence", "right")), "squared"]
    rows = np.zeros((len(claims), len(columns)))
    for row, claim in zip(rows, claims, strict=True):
        place = 3 * min(int(claim.confidence * bins), bins - 1)
        row[place : place + 3] = 1, claim.confidence, claim.right
        row[-1] = (claim.confidence - claim.right) ** 2
    groups = [claim.group or str(number) for number, claim in enumerate(claims)]
    return Counts.of(columns, rows, clusters=groups)


def expected_calibration_error(bins: int = BINS) -> Formula:
    """Σ share of claims × |mean confidence − accuracy| over bins: 0 is perfect, NaN without claims."""

    def formula(sums: Sums) -> Floats:
        total = sum((sums[f"n.{number}"] for number in range(bins)), np.zeros(()))
        off = sum((abs(sums[f"confidence.{n}"] - sums[f"right.{n}"]) for n in range(bins)), np.zeros(()))
        return ratio(off, total)

    return formula


def brier(bins: int = BINS) -> Formula:
    """The mean squared difference of confidence and outcome: 0 is perfect, 0.25 what "one half" always scores."""
    return lambda sums: ratio(sums["squared"], sum((sums[f"n.{n}"] for n in range(bins)), np.zeros(())))


def formulas(bins: int = BINS) -> Mapping[str, Formula]:
    return {"ece": expected_calibration_error(bins), "brier": brier(bins)}


def reliability(claims: Iterable[Claim], *, bins: int = BINS) -> tuple[Bin, ...]:
    """The reliability diagram's bins; an empty one has no confidence and no accuracy."""
    sums = counts(claims, bins=bins).sums()
    found = []
    for number in range(bins):
        held = int(sums[f"n.{number}"])
        found.append(
            Bin(
                number / bins,
                (number + 1) / bins,
                held,
                float(sums[f"confidence.{number}"]) / held if held else None,
                float(sums[f"right.{number}"]) / held if held else None,
            )
        )
    return tuple(found)


def auroc(claims: Sequence[Claim]) -> float | None:
    """P(a right claim is surer than a wrong one), ties counting half; None where one of the two kinds is missing."""
    right = np.sort([claim.confidence for claim in claims if claim.right])
    wrong = np.sort([claim.confidence for claim in claims if not claim.right])
    if not len(right) or not len(wrong):
        return None
    below = np.searchsorted(wrong, right, side="left") + np.searchsorted(wrong, right, side="right")
    return float(below.sum() / (2 * len(right) * len(wrong)))


def risk_coverage(claims: Sequence[Claim]) -> tuple[tuple[float, float], ...]:
    """(coverage, risk) with only the surest kept, down to each distinct confidence; at coverage 1, the base error."""
    ordered = sorted(claims, key=lambda claim: -claim.confidence)
    points, wrong = [], 0
    for kept, claim in enumerate(ordered, 1):
        wrong += not claim.right
        if kept == len(ordered) or ordered[kept].confidence != claim.confidence:
            points.append((kept / len(ordered), wrong / kept))
    return tuple(points)


def aurc(claims: Sequence[Claim]) -> float | None:
    """The area under the risk–coverage curve by its steps: lower is better; ties share their level's risk."""
    points = risk_coverage(claims)
    if not points:
        return None
    area, before = 0.0, 0.0
    for coverage, risk in points:
        area, before = area + (coverage - before) * risk, coverage
    return area


def resampled(
    claims: Sequence[Claim],
    statistic: Callable[[Sequence[Claim]], float | None],
    *,
    seed: int = 0,
    resamples: int = 1000,
    level: float = 0.95,
) -> Figure:
    """A statistic that needs an order, with a percentile interval over groups drawn with replacement."""
    groups: dict[str, list[Claim]] = {}
    for number, claim in enumerate(claims):
        groups.setdefault(claim.group or str(number), []).append(claim)
    held = list(groups.values())
    value = statistic(claims)
    if value is None or len(held) < 2:
        return Figure(value=value, clusters=len(held))
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(resamples):
        chosen = generator.integers(0, len(held), len(held))
        drawn.append(statistic([claim for index in chosen for claim in held[index]]))
    defined = [one for one in drawn if one is not None]
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Figure(
        value=value, low=float(low), high=float(high), clusters=len(held), undefined=1 - len(defined) / resamples
    )
