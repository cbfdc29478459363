"""The critique of critique: precision and recall of a critique's atomic units (MetaCritique, METHODS.md row 56).

Meta-P is the share of a critique's units that are factual; Meta-R the share of the reference's units that it covers;
Meta-F1 their harmonic mean. Of a set of critiques MetaCritique averages each over critiques (macro), and takes the
mean of the critiques' own F1 scores; a unit that nobody ruled on is left out, and its share told as coverage.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotations.metrics.bootstrap import Counts, Formula, ratio


@dataclass(frozen=True, slots=True)
class Rulings:
    """Of one critique: whether each of its own units is factual, and each of the reference's covered; None: unruled."""

    precision: Sequence[bool | None]
    recall: Sequence[bool | None]
    group: str = ""


def meta_precision(rulings: Rulings) -> float | None:
    return _share(rulings.precision)


def meta_recall(rulings: Rulings) -> float | None:
    return _share(rulings.recall)


def meta_f1(rulings: Rulings) -> float | None:
    """None where either side has no ruled unit; 0 where both are 0."""
    precision, recall = meta_precision(rulings), meta_recall(rulings)
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _share(ruled: Sequence[bool | None]) -> float | None:
    known = [ruling for ruling in ruled if ruling is not None]
    return sum(known) / len(known) if known else None


def counts(rulings: Iterable[Rulings]) -> Counts:
    """One row a critique: each score and whether it is defined."""
    rows, groups = [], []
    for number, one in enumerate(rulings):
        scores = (meta_precision(one), meta_recall(one), meta_f1(one))
        rows.append([value for score in scores for value in (score or 0.0, float(score is not None))])
        groups.append(one.group or str(number))
    columns = [f"{name}{what}" for name in ("p", "r", "f1") for what in ("", ".n")]
    return Counts.of(columns, rows, clusters=groups)


def mean_of(name: str) -> Formula:
    return lambda sums: ratio(sums[name], sums[f"{name}.n"])


FORMULAS: dict[str, Formula] = {"meta_precision": mean_of("p"), "meta_recall": mean_of("r"), "meta_f1": mean_of("f1")}
