"""Figures with intervals: counts per response, a formula of their sums, and a bootstrap over responses.

Nearly every figure here is a function of sums over responses: F1 of hits and flags, alpha of coincidences, ECE of bins.
So a metric is a table of counts, one row a response, and a formula of the column sums. A resample is then a weighted
sum of rows, never a second pass over critiques, and any number of figures share one set of resamples, which is also
what makes a difference between two critics a paired one.

The unit is the response, or the problem where several responses belong to one (`clusters`): steps of one chain are not
independent (METHODS.md, row 40). Intervals are bias-corrected and accelerated (BCa; Efron 1987, "Better bootstrap
confidence intervals"), with the acceleration from a jackknife over clusters. `scipy.stats.bootstrap` has the same
method, but resamples raw rows; it is the second opinion in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]
Sums = Mapping[str, Floats]  # column name → its sum, of shape () or (resamples,)
Formula = Callable[[Sums], Floats]  # NaN where undefined

CHUNK_VALUES = 4_000_000  # weights held at a time
KEPT_VALUES = 32_000_000  # weights kept for the next figures, two bytes each


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts of every response: `rows` (responses, columns), `clusters` (responses,) as whole numbers from 0.

    Weights, where given (responses,), multiply the rows: 1 / probability makes sums estimates of the population's
    (Horvitz & Thompson 1952).
    """

    columns: tuple[str, ...]
    rows: Floats
    clusters: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        columns: Sequence[str],
        rows: Sequence[Sequence[float]] | Floats,
        *,
        clusters: Sequence[object] | None = None,
        weights: Sequence[float] | None = None,
    ) -> Counts:
        """Raises ValueError where lengths differ."""
        table = np.asarray(rows, dtype=float).reshape(len(rows), len(columns))
        if weights is not None:
            if len(weights) != len(rows):
                raise ValueError(f"weights: expected {len(rows)}, one a response, found {len(weights)}")
            table = table * np.asarray(weights, dtype=float)[:, None]
        if clusters is None:
            return cls(tuple(columns), table, np.arange(len(rows)))
        if len(clusters) != len(rows):
            raise ValueError(f"clusters: expected {len(rows)}, one a response, found {len(clusters)}")
        number: dict[object, int] = {}
        return cls(tuple(columns), table, np.asarray([number.setdefault(key, len(number)) for key in clusters], int))

    def sums(self) -> dict[str, Floats]:
        return self._named(self.rows.sum(axis=0))

    def weighted(self, weights: Sequence[float]) -> Counts:
        """(responses,) of weights: 1 / probability for estimates of the whole population."""
        return Counts(self.columns, self.rows * np.asarray(weights, dtype=float)[:, None], self.clusters)

    def taken(self, places: Sequence[int]) -> Counts:
        """These rows in this order, clusters numbered anew as they come."""
        old = self.clusters[np.asarray(places, int)]
        number: dict[int, int] = {}
        new = np.asarray([number.setdefault(int(key), len(number)) for key in old], int)
        return Counts(self.columns, self.rows[np.asarray(places, int)], new)

    def by_cluster(self) -> Floats:
        """(clusters, columns)."""
        count = int(self.clusters.max()) + 1 if len(self.clusters) else 0
        summed = np.zeros((count, len(self.columns)))
        np.add.at(summed, self.clusters, self.rows)
        return summed

    def beside(self, other: Counts, *, names: tuple[str, str]) -> Counts:
        """Two critics' counts of the same responses as one table, columns prefixed, so that resamples are shared."""
        if len(self.rows) != len(other.rows) or not np.array_equal(self.clusters, other.clusters):
            raise ValueError("expected counts of the same responses in the same order and clusters")
        columns = [
            f"{name}.{column}" for name, counts in zip(names, (self, other), strict=True) for column in counts.columns
        ]
        return Counts(tuple(columns), np.hstack([self.rows, other.rows]), self.clusters)

    def _named(self, sums: Floats) -> dict[str, Floats]:
        return {column: sums[..., index] for index, column in enumerate(self.columns)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A value with its interval. `value` is None where undefined; `low` and `high` are None where too little is known.

    `clusters` is what was resampled; `undefined` is the share of resamples in which the figure was undefined.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    clusters: int = 0
    undefined: float = 0.0

    @property
    def half_width(self) -> float | None:
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Their ratio; NaN, not a warning, where the denominator is 0."""
    numerator, denominator = np.asarray(numerator, float), np.asarray(denominator, float)
    safe = np.where(denominator == 0, 1.0, denominator)
    return np.where(denominator == 0, np.nan, numerator / safe)


def figures(
    counts: Counts,
    formulas: Mapping[str, Formula],
    *,
    seed: int = 0,
    resamples: int = 2000,
    level: float = 0.95,
) -> dict[str, Figure]:
    """Each formula's value and BCa interval, all from the same resamples. With fewer than 2 clusters: no interval."""
    clustered = counts.by_cluster()
    total = clustered.sum(axis=0)
    values = {name: float(formula(counts._named(total))) for name, formula in formulas.items()}
    if len(clustered) < 2:
        return {name: Figure(value=_known(value), clusters=len(clustered)) for name, value in values.items()}
    drawn = counts._named(_resampled(clustered, resamples, seed))
    left_out = counts._named(total - clustered)
    return {
        name: _figure(values[name], np.asarray(formula(drawn)), np.asarray(formula(left_out)), level, len(clustered))
        for name, formula in formulas.items()
    }


def side_by_side(families: Mapping[str, tuple[Counts, Mapping[str, Formula]]]) -> tuple[Counts, dict[str, Formula]]:
    """Several tables of the same responses as one, so that all their figures share one set of resamples.

    `families`: prefix → (counts, formulas); figures are named prefix + name. Raises ValueError for other responses.
    """
    first = next(iter(families.values()))[0]
    columns: list[str] = []
    formulas: dict[str, Formula] = {}
    for number, (prefix, (counts, held)) in enumerate(families.items()):
        if not np.array_equal(counts.clusters, first.clusters):
            raise ValueError("expected counts of the same responses in the same order and clusters")
        columns += [f"{number}/{column}" for column in counts.columns]
        formulas |= {f"{prefix}{name}": _of_family(number, counts.columns, formula) for name, formula in held.items()}
    rows = np.hstack([counts.rows for counts, _ in families.values()])
    return Counts(tuple(columns), rows, first.clusters), formulas


def _of_family(number: int, columns: Sequence[str], formula: Formula) -> Formula:
    return lambda sums: formula({column: sums[f"{number}/{column}"] for column in columns})


def difference(
    one: Counts,
    other: Counts,
    formula: Formula,
    *,
    seed: int = 0,
    resamples: int = 2000,
    level: float = 0.95,
) -> Figure:
    """The paired difference `formula(one) - formula(other)` over the same responses."""
    told = differences(one, other, {"difference": formula}, seed=seed, resamples=resamples, level=level)
    return told["difference"]


def differences(
    one: Counts,
    other: Counts,
    formulas: Mapping[str, Formula],
    *,
    seed: int = 0,
    resamples: int = 2000,
    level: float = 0.95,
) -> dict[str, Figure]:
    """Each formula's paired difference, all from the same resamples."""
    both = one.beside(other, names=("one", "other"))
    paired = {name: _paired(one.columns, formula) for name, formula in formulas.items()}
    return figures(both, paired, seed=seed, resamples=resamples, level=level)


def _paired(columns: Sequence[str], formula: Formula) -> Formula:
    def part(sums: Sums, name: str) -> Sums:
        return {column: sums[f"{name}.{column}"] for column in columns}

    return lambda sums: formula(part(sums, "one")) - formula(part(sums, "other"))


def within_noise(paired: Figure) -> bool | None:
    """Whether a difference's interval holds 0: then nothing was shown. None where there is no interval."""
    if paired.low is None or paired.high is None:
        return None
    return paired.low <= 0 <= paired.high


def _resampled(clustered: Floats, resamples: int, seed: int) -> Floats:
    """(resamples, columns): sums over clusters drawn with replacement, as many as there are."""
    count = len(clustered)
    weights = _kept_weights if count * resamples <= KEPT_VALUES else _weights
    counted = clustered.any(axis=0)  # of many columns, such as rare types of error, all is 0
    drawn = np.zeros((resamples, clustered.shape[1]))
    drawn[:, counted] = np.concatenate(
        [chunk.astype(float) @ clustered[:, counted] for chunk in weights(count, resamples, seed)]
    )
    return drawn


def _weights(count: int, resamples: int, seed: int) -> Iterator[NDArray[np.uint16]]:
    """Chunks of (resamples, clusters): how often each cluster is drawn. The same for the same arguments."""
    generator = np.random.default_rng(seed)
    at_a_time = max(1, CHUNK_VALUES // count)
    for begin in range(0, resamples, at_a_time):
        size = min(at_a_time, resamples - begin)
        drawn = generator.integers(0, count, size=(size, count))
        drawn += np.arange(size)[:, None] * count
        yield np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count).astype(np.uint16)


@lru_cache(maxsize=2)
def _kept_weights(count: int, resamples: int, seed: int) -> tuple[NDArray[np.uint16], ...]:
    """Drawing costs most, and a report asks for the same draws for each author: the last ones are kept."""
    return tuple(_weights(count, resamples, seed))


def _figure(value: float, drawn: Floats, left_out: Floats, level: float, clusters: int) -> Figure:
    defined = drawn[~np.isnan(drawn)]
    undefined = 1 - len(defined) / len(drawn)
    if np.isnan(value) or len(defined) < 2:
        return Figure(value=_known(value), clusters=clusters, undefined=undefined)
    low, high = _bca(value, np.sort(defined), left_out[~np.isnan(left_out)], level)
    return Figure(value=value, low=low, high=high, clusters=clusters, undefined=undefined)


def _bca(value: float, drawn: Floats, left_out: Floats, level: float) -> tuple[float, float]:
    if drawn[0] == drawn[-1]:
        return float(drawn[0]), float(drawn[-1])
    # Ties count half, as figures of counts have many; the bounds keep the quantile finite.
    below = (np.sum(drawn < value) + 0.5 * np.sum(drawn == value)) / len(drawn)
    bias = ndtri(np.clip(below, 0.5 / len(drawn), 1 - 0.5 / len(drawn)))
    away = left_out.mean() - left_out if len(left_out) else np.zeros(1)
    spread = np.sum(away**2) ** 1.5
    acceleration = np.sum(away**3) / (6 * spread) if spread else 0.0
    tail = ndtri((1 - level) / 2)
    bounds = []
    for quantile in (bias + tail, bias - tail):
        shifted = bias + quantile / (1 - acceleration * quantile)
        bounds.append(float(np.quantile(drawn, ndtr(shifted))))
    return bounds[0], bounds[1]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
