"""How well the first error is found: exact, within one step, and ProcessBench's F1.

Columns count chains by what the reference says: with an error (its first one known for certain), or without. A critique
that leaves a step before its first error undecided still names that error; one that finds none while something is
undecided has judged nothing and leaves the score.

ProcessBench F1 is the harmonic mean of the accuracy on chains with an error (its step named exactly) and on chains
without (none named). Source: ProcessBench (Zheng et al. 2024), section 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from annotations.core.critique_facts import first_error
from annotations.metrics.bootstrap import Counts, Floats, Formula, Sums, ratio
from annotations.metrics.visco import Pair

COLUMNS = ("chains", "scored", "with_error", "exact", "near", "clean", "clean_kept")


def counts(pairs: Iterable[Pair]) -> Counts:
    pairs = list(pairs)
    return Counts.of(
        COLUMNS, [_row(pair) for pair in pairs], clusters=[pair.group or str(n) for n, pair in enumerate(pairs)]
    )


def _row(pair: Pair) -> list[float]:
    wanted, named = first_error(pair.reference), first_error(pair.predicted)
    if not wanted.certain:
        return [0.0] * len(COLUMNS)
    if named.step is None and not named.certain and not _only_unparsed(pair):
        return [1.0] + [0.0] * (len(COLUMNS) - 1)
    if wanted.step is None:
        return [1, 1, 0, 0, 0, 1, float(named.step is None)]
    exact = named.step == wanted.step
    near = named.step is not None and abs(named.step - wanted.step) <= 1
    return [1, 1, 1, float(exact), float(near), 0, 0]


def _only_unparsed(pair: Pair) -> bool:
    """Unparsed judgments count as not flagged, as everywhere; other gaps leave the score."""
    return all(
        judgment.state == "unparsed" or (judgment.state == "judged" and judgment.verdict != "unsure")
        for judgment in pair.predicted.judgments
    )


def processbench_f1(sums: Sums) -> Floats:
    """2 a c / (a + c) of the accuracies on chains with and without an error; NaN where there are none of a kind."""
    with_error, clean = ratio(sums["exact"], sums["with_error"]), ratio(sums["clean_kept"], sums["clean"])
    both = with_error + clean
    return np.where(both == 0, 0.0, ratio(2 * with_error * clean, both)) + 0 * both


FORMULAS: Mapping[str, Formula] = {
    "accuracy": lambda sums: ratio(sums["exact"] + sums["clean_kept"], sums["scored"]),
    "accuracy_within_one": lambda sums: ratio(sums["near"] + sums["clean_kept"], sums["scored"]),
    "accuracy_with_error": lambda sums: ratio(sums["exact"], sums["with_error"]),
    "accuracy_clean": lambda sums: ratio(sums["clean_kept"], sums["clean"]),
    "processbench_f1": processbench_f1,
    "coverage": lambda sums: ratio(sums["scored"], sums["chains"]),
}
