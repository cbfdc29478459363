"""Agreement beyond chance: Krippendorff's alpha, Cohen's and Fleiss' kappa, Gwet's AC1, raw agreement.

A *unit* is what was rated (a step, an answer, a response); a rating is a category or None where there is none. Every
coefficient is a formula of counts added up over units, so that units of one response are resampled together
(`bootstrap`). Units with fewer than two ratings pair nothing and enter none of the coefficients.

Sources: Krippendorff, "Computing Krippendorff's alpha-reliability" (2011); Cohen 1960; Fleiss 1971, in the form for
unequal numbers of raters; Gwet 2008, "Computing inter-rater reliability … in the presence of high agreement".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from annotations.metrics.bootstrap import Counts, Floats, Formula, Sums, ratio

Level = Literal["nominal", "ordinal"]
Rating = str | None


@dataclass(frozen=True, slots=True)
class Unit:
    """Ratings of one thing, in any order and number; `group` is what is resampled: the response, or its problem."""

    ratings: Sequence[Rating]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Counts of units under `categories`, and the formulas that go with their columns."""

    counts: Counts
    categories: tuple[str, ...]

    def formulas(self) -> dict[str, Formula]:
        return {
            "alpha": lambda sums: krippendorff_alpha(sums, self.categories),
            "alpha_ordinal": lambda sums: krippendorff_alpha(sums, self.categories, level="ordinal"),
            "fleiss_kappa": lambda sums: fleiss_kappa(sums, self.categories),
            "gwet_ac1": lambda sums: gwet_ac1(sums, self.categories),
            "raw": raw_agreement,
        }


def table(units: Iterable[Unit], categories: Sequence[str]) -> Table:
    """Columns: `o.C.K` coincidences, `p.C` shares, `units`, `agreement`. Raises ValueError for an unknown category.

    `categories` in their order, which the ordinal level needs.
    """
    categories = tuple(categories)
    pairs = [(one, other) for one in categories for other in categories]
    columns = [*(f"o.{one}.{other}" for one, other in pairs), *(f"p.{one}" for one in categories), "units", "agreement"]
    units = list(units)
    rows = [_row(unit, categories, pairs) for unit in units]
    groups = [unit.group or str(number) for number, unit in enumerate(units)]
    return Table(Counts.of(columns, rows, clusters=groups), categories)


class Running:
    """The same sums for what goes by once: nothing is kept of a unit but its counts, so there are no intervals."""

    def __init__(self, categories: Sequence[str]) -> None:
        self.table = table([], categories)
        self.pairs = [(one, other) for one in self.table.categories for other in self.table.categories]
        self.sums = np.zeros(len(self.table.counts.columns))

    def add(self, ratings: Sequence[Rating]) -> None:
        if sum(rating is not None for rating in ratings) > 1:
            self.sums += _row(Unit(ratings), self.table.categories, self.pairs)

    @property
    def units(self) -> int:
        """With at least two ratings."""
        return int(self.sums[self.table.counts.columns.index("units")])

    def figures(self) -> dict[str, float | None]:
        """By the names of `Table.formulas`; None where a figure is undefined."""
        sums = {name: np.asarray([value]) for name, value in zip(self.table.counts.columns, self.sums, strict=True)}
        with np.errstate(invalid="ignore", divide="ignore"):
            found = {name: float(formula(sums)[0]) for name, formula in self.table.formulas().items()}
        return {name: None if np.isnan(value) else value for name, value in found.items()}


def _row(unit: Unit, categories: tuple[str, ...], pairs: Sequence[tuple[str, str]]) -> list[float]:
    held = Counter(rating for rating in unit.ratings if rating is not None)
    if unknown := set(held) - set(categories):
        raise ValueError(f"ratings: expected {', '.join(categories)}, found {', '.join(sorted(unknown))}")
    raters = held.total()
    if raters < 2:
        return [0.0] * (len(pairs) + len(categories) + 2)
    coincidences = [held[one] * (held[other] - (one == other)) / (raters - 1) for one, other in pairs]
    agreeing = sum(count * (count - 1) for count in held.values()) / (raters * (raters - 1))
    return [*coincidences, *(held[one] / raters for one in categories), 1.0, agreeing]


def krippendorff_alpha(sums: Sums, categories: Sequence[str], *, level: Level = "nominal") -> Floats:
    """1 − observed ÷ expected disagreement; NaN where all ratings fall into one category (nothing could disagree)."""
    observed = np.stack([np.stack([sums[f"o.{one}.{other}"] for other in categories], -1) for one in categories], -2)
    held = observed.sum(axis=-1)  # (..., categories)
    total = held.sum(axis=-1)
    distance = _distance(held, level)
    disagreement = (observed * distance).sum(axis=(-1, -2))
    expected = (held[..., :, None] * held[..., None, :] * distance).sum(axis=(-1, -2))
    return 1 - (total - 1) * ratio(disagreement, expected)


def _distance(held: Floats, level: Level) -> Floats:
    """(..., categories, categories): squared differences; ordinal ones count the ratings between two categories."""
    count = held.shape[-1]
    if level == "nominal":
        return np.broadcast_to(1 - np.eye(count), (*held.shape, count))
    upto = np.cumsum(held, axis=-1)
    middle = upto - held / 2  # the midrank of each category
    return (middle[..., :, None] - middle[..., None, :]) ** 2


def raw_agreement(sums: Sums) -> Floats:
    """The mean share of agreeing pairs of ratings of a unit."""
    return ratio(sums["agreement"], sums["units"])


def fleiss_kappa(sums: Sums, categories: Sequence[str]) -> Floats:
    """Chance by the mean share of each category; with equal numbers of raters, Fleiss' own."""
    shares = np.stack([ratio(sums[f"p.{one}"], sums["units"]) for one in categories], -1)
    chance = (shares**2).sum(axis=-1)
    return ratio(raw_agreement(sums) - chance, 1 - chance)


def gwet_ac1(sums: Sums, categories: Sequence[str]) -> Floats:
    """Chance by Σ π (1 − π) / (q − 1): stays sensible where nearly all ratings fall into one category."""
    if len(categories) < 2:
        return np.full(np.shape(sums["units"]), np.nan)
    shares = np.stack([ratio(sums[f"p.{one}"], sums["units"]) for one in categories], -1)
    chance = (shares * (1 - shares)).sum(axis=-1) / (len(categories) - 1)
    return ratio(raw_agreement(sums) - chance, 1 - chance)


def cohen_table(pairs: Iterable[tuple[Rating, Rating, str]], categories: Sequence[str]) -> Counts:
    """(one's rating, the other's, group) → columns `c.C.K`; a pair with a missing rating counts nothing."""
    pairs = list(pairs)
    columns = {(one, other): place for place, (one, other) in enumerate(product(categories, categories))}
    rows = np.zeros((len(pairs), len(columns)))
    for number, (one, other, _) in enumerate(pairs):
        if (place := columns.get((one, other))) is not None:  # type: ignore[arg-type]  # None is no category
            rows[number, place] = 1.0
    groups = [group or str(number) for number, (_, _, group) in enumerate(pairs)]
    return Counts.of([f"c.{one}.{other}" for one, other in columns], rows, clusters=groups)


def cohen_kappa(categories: Sequence[str]) -> Formula:
    """(observed − chance) ÷ (1 − chance) of two raters, chance from each one's own shares."""

    def formula(sums: Sums) -> Floats:
        cells = np.stack([np.stack([sums[f"c.{one}.{other}"] for other in categories], -1) for one in categories], -2)
        total = cells.sum(axis=(-1, -2))
        observed = ratio(np.trace(cells, axis1=-2, axis2=-1), total)
        chance = ratio((cells.sum(axis=-1) * cells.sum(axis=-2)).sum(axis=-1), total**2)
        return ratio(observed - chance, 1 - chance)

    return formula
