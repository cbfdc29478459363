"""A critique's findings against the reference's: precision, recall and F1, in all and per error type and severity.

Findings are matched one to one (`core.matching`) under the project's weights. The positive class is the reference's
findings; a type's figures count the reference's findings of that first-level type for recall, and the critique's own
of that type for precision, so each side is told by its own words. Without a finding on one side its ratio is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from annotations.core.matching import DEFAULT_WEIGHTS, Weights, match, placed
from annotations.core.schema import SEVERITIES
from annotations.metrics.bootstrap import Counts, Formula, ratio
from annotations.metrics.visco import Pair, f1

COLUMNS = ("wanted", "told", "matched")


def counts(
    pairs: Iterable[Pair],
    starts: Sequence[Sequence[int]] | None = None,
    *,
    types: Sequence[str] = (),
    weights: Weights = DEFAULT_WEIGHTS,
) -> Counts:
    """One row a pair: `wanted`, `told`, `matched`, and for each KIND of types and severities `KIND.…` the same.

    `starts` (pairs, steps): offsets of the steps in the source text, beside `pairs`. `KIND.matched` is of the
    reference's findings of that kind, `KIND.right` of the critique's.
    """
    pairs = list(pairs)
    kinds = [*types, *SEVERITIES]
    columns = [*COLUMNS, *(f"{kind}.{what}" for kind in kinds for what in ("wanted", "told", "matched", "right"))]
    places = {kind: 3 + 4 * number for number, kind in enumerate(kinds)}
    rows = np.zeros((len(pairs), len(columns)))
    for number, (pair, row) in enumerate(zip(pairs, rows, strict=True)):
        begin = starts[number] if starts is not None else ()
        wanted, told = placed(pair.reference, begin), placed(pair.predicted, begin)
        both = match(wanted, told, weights).both if wanted and told else ()
        row[:3] = len(wanted), len(told), len(both)
        for offset, side, matched in (
            (0, wanted, {one.one for one in both}),
            (1, told, {one.other for one in both}),
        ):
            for index, one in enumerate(side):
                for kind in {one.finding.severity, (one.finding.error_type or "").partition("/")[0]}:
                    if (place := places.get(kind or "")) is not None:
                        row[place + offset] += 1
                        row[place + offset + 2] += index in matched
    return Counts.of(columns, rows, clusters=[pair.group or str(number) for number, pair in enumerate(pairs)])


FORMULAS: Mapping[str, Formula] = {
    "finding_precision": lambda sums: ratio(sums["matched"], sums["told"]),
    "finding_recall": lambda sums: ratio(sums["matched"], sums["wanted"]),
    "finding_f1": lambda sums: f1(sums["matched"], sums["told"], sums["wanted"]),
}


def of_kind(kind: str) -> dict[str, Formula]:
    """Precision and recall of one type or severity."""
    return {
        f"{kind}.finding_precision": lambda sums: ratio(sums[f"{kind}.right"], sums[f"{kind}.told"]),
        f"{kind}.finding_recall": lambda sums: ratio(sums[f"{kind}.matched"], sums[f"{kind}.wanted"]),
    }
