"""MR-Score of MR-GSM8K and MR-Ben: 0.2 · max(0, MCC) + 0.3 · step accuracy + 0.5 · reason accuracy.

MCC is Matthews' correlation of "the solution is correct" as called against as it is; the accuracies are over wrong
solutions: the first error named exactly, and its reason ruled right too. Source: MR-GSM8K (Zeng et al. 2023), part 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from annotations.metrics.bootstrap import Counts, Floats, Formula, Sums, ratio

COLUMNS = ("tp", "tn", "fp", "fn", "wrong", "step_hits", "reason_hits")


@dataclass(frozen=True, slots=True)
class Graded:
    """Is a solution correct, was it called so (None: no verdict, counted as the wrong call), and what was hit."""

    correct: bool
    called_correct: bool | None
    step_right: bool = False
    reason_right: bool = False
    group: str = ""


def counts(graded: Iterable[Graded]) -> Counts:
    graded = list(graded)
    return Counts.of(
        COLUMNS,
        [_row(one) for one in graded],
        clusters=[one.group or str(number) for number, one in enumerate(graded)],
    )


def _row(one: Graded) -> list[float]:
    called = one.called_correct if one.called_correct is not None else not one.correct
    cell = {(True, True): 0, (False, False): 1, (False, True): 2, (True, False): 3}[one.correct, called]
    row = [0.0] * len(COLUMNS)
    row[cell] = 1.0
    if not one.correct:
        found = one.step_right and called is False
        row[4:] = 1.0, float(found), float(found and one.reason_right)
    return row


def matthews(sums: Sums) -> Floats:
    """(tp tn − fp fn) / √((tp+fp)(tp+fn)(tn+fp)(tn+fn)); 0 where a factor is 0, as the benchmark has it."""
    tp, tn, fp, fn = (sums[name] for name in COLUMNS[:4])
    root = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return np.nan_to_num(ratio(tp * tn - fp * fn, root), nan=0.0)


def step_accuracy(sums: Sums) -> Floats:
    return ratio(sums["step_hits"], sums["wrong"])


def reason_accuracy(sums: Sums) -> Floats:
    return ratio(sums["reason_hits"], sums["wrong"])


def mr_score(sums: Sums) -> Floats:
    return 0.2 * np.maximum(matthews(sums), 0) + 0.3 * step_accuracy(sums) + 0.5 * reason_accuracy(sums)


FORMULAS: Mapping[str, Formula] = {
    "mcc": matthews,
    "step_accuracy": step_accuracy,
    "reason_accuracy": reason_accuracy,
    "mr_score": mr_score,
}
