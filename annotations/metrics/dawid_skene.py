"""Dawid–Skene: what was true, and how reliable each rater is, from ratings alone.

Each rater has a confusion matrix: with which probability a unit of true category c is rated k. Expectation
maximisation alternates between the posterior of each unit's true category and the matrices. Every cell of a matrix and
each category's share carry a pseudo-count, so that a rater with few ratings is drawn towards the pooled matrix of all
raters (whose own prior leans to the diagonal): without it, one who rated a single unit would be found infallible.

The posterior is a proposal with its confidence, never a decision: raters that err in the same way and together are not
found out by any model that takes them to err independently of one another.

Source: Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm" (1979); the
pooled prior follows Paun et al., "Comparing Bayesian models of annotation" (2018), their hierarchical variant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ITERATIONS = 200
CONVERGED = 1e-6  # greatest change of a posterior
POOL_WEIGHT = 4.0  # pseudo-ratings of the pooled matrix, for each row of a rater's
SHARE_WEIGHT = 1.0  # pseudo-units of each category


@dataclass(frozen=True, slots=True)
class Rating:
    """What `rater` called `unit`; each rater rates a unit at most once."""

    unit: str
    rater: str
    category: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """The most probable category of a unit, its posterior probability, and on how many ratings it rests."""

    category: str
    confidence: float
    ratings: int


@dataclass(frozen=True, slots=True)
class Fit:
    """`posterior` (units, categories); `confusion` (raters, true, rated), rows sum to 1; `shares` (categories,)."""

    units: tuple[str, ...]
    raters: tuple[str, ...]
    categories: tuple[str, ...]
    posterior: Floats
    confusion: Floats
    shares: Floats
    ratings_of_unit: tuple[int, ...]
    iterations: int

    def proposals(self) -> dict[str, Proposal]:
        best = self.posterior.argmax(axis=1)
        return {
            unit: Proposal(self.categories[best[row]], float(self.posterior[row, best[row]]), self.ratings_of_unit[row])
            for row, unit in enumerate(self.units)
        }

    def reliability(self) -> dict[str, float]:
        """With which probability each rater calls a unit what it is, over the categories' shares."""
        right = np.einsum("rcc,c->r", self.confusion, self.shares)
        return dict(zip(self.raters, map(float, right), strict=True))


@dataclass(frozen=True, slots=True)
class _Said:
    """Ratings as places: each (ratings,)."""

    unit: NDArray[np.intp]
    rater: NDArray[np.intp]
    category: NDArray[np.intp]


def fit(ratings: Iterable[Rating], categories: Sequence[str]) -> Fit:
    """Fits the model; with no ratings, an empty one. Raises ValueError for an unknown category or a double rating.

    The order of ratings does not matter. Starts from the shares of votes, so the same ratings give the same fit.
    """
    held = sorted(ratings, key=lambda each: (each.unit, each.rater))
    categories = tuple(categories)
    _check(held, categories)
    units, raters = tuple(dict.fromkeys(each.unit for each in held)), tuple(sorted({each.rater for each in held}))
    row, who = {unit: n for n, unit in enumerate(units)}, {rater: n for n, rater in enumerate(raters)}
    said = _Said(
        unit=np.array([row[each.unit] for each in held], dtype=np.intp),
        rater=np.array([who[each.rater] for each in held], dtype=np.intp),
        category=np.array([categories.index(each.category) for each in held], dtype=np.intp),
    )
    count = len(categories)
    votes = np.zeros((len(units), count))
    np.add.at(votes, (said.unit, said.category), 1.0)
    posterior = (votes + 1 / count) / (votes.sum(axis=1, keepdims=True) + 1)
    shares, confusion = np.full(count, 1 / count), np.zeros((len(raters), count, count))
    done = 0
    for done in range(1, ITERATIONS + 1):  # noqa: B007  told in the fit
        shares, confusion = _maximised(posterior, said, len(raters))
        updated = _expected(shares, confusion, said, len(units))
        change = np.abs(updated - posterior).max(initial=0.0)
        posterior = updated
        if change < CONVERGED:
            break
    counted = Counter(each.unit for each in held)
    told = tuple(counted[unit] for unit in units)
    return Fit(units, raters, categories, posterior, confusion, shares, told, done)


def majority(ratings: Iterable[Rating]) -> dict[str, str | None]:
    """The category that most raters gave each unit; None on a tie. What Dawid–Skene has to beat."""
    votes: dict[str, Counter[str]] = {}
    for each in ratings:
        votes.setdefault(each.unit, Counter())[each.category] += 1
    return {unit: _winner(held) for unit, held in votes.items()}


def _winner(votes: Counter[str]) -> str | None:
    first, *others = votes.most_common(2)
    return None if others and others[0][1] == first[1] else first[0]


def _maximised(posterior: Floats, said: _Said, raters: int) -> tuple[Floats, Floats]:
    """Shares (categories,) and confusion (raters, true, rated) given the units' posterior."""
    count = posterior.shape[1]
    by_said = np.zeros((raters, count, count))  # (raters, rated, true)
    np.add.at(by_said, (said.rater, said.category), posterior[said.unit])
    counts = by_said.swapaxes(1, 2)
    pooled = counts.sum(axis=0) + np.eye(count) + 1 / count
    pooled /= pooled.sum(axis=1, keepdims=True)
    smoothed = counts + POOL_WEIGHT * pooled
    shares = posterior.sum(axis=0) + SHARE_WEIGHT
    return shares / shares.sum(), smoothed / smoothed.sum(axis=2, keepdims=True)


def _expected(shares: Floats, confusion: Floats, said: _Said, units: int) -> Floats:
    """Posterior (units, categories), in logarithms until the end: many raters' product would vanish."""
    log = np.broadcast_to(np.log(shares), (units, len(shares))).copy()
    np.add.at(log, said.unit, np.log(confusion[said.rater, :, said.category]))
    log -= log.max(axis=1, keepdims=True, initial=-np.inf) if units else 0.0
    posterior = np.exp(log)
    return posterior / posterior.sum(axis=1, keepdims=True)


def _check(ratings: Sequence[Rating], categories: tuple[str, ...]) -> None:
    if unknown := {each.category for each in ratings} - set(categories):
        raise ValueError(f"ratings: expected {', '.join(categories)}, found {', '.join(sorted(unknown))}")
    twice = [pair for pair, n in Counter((each.unit, each.rater) for each in ratings).items() if n > 1]
    if twice:
        raise ValueError(f"ratings: expected one a rater and unit, found several by {twice[0][1]} of {twice[0][0]}")
