"""VISCO's three ways in which critics fail, as numbers (METHODS.md 1.8).

1. They fail on perception: recall of the reference's wrong steps by the type of error that the reference names, and by
   the problem's superskill (`visco` on the pairs of one superskill).
2. They are reluctant to say no: the flag rate against the reference's (`visco.flag_rate`, `visco.reference_rate`).
3. They exaggerate propagation: P(flag k | flagged some j < k) ÷ P(flag k | flagged none before), of the critic and of
   the reference, and the rate of false flags on correct steps after a real error against those before any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from annotations.core.critique_facts import is_flagged, visco_label
from annotations.core.schema import Critique
from annotations.metrics.bootstrap import Counts, Floats, Formula, Sums, ratio
from annotations.metrics.visco import Pair

OTHER = "no type"


def type_counts(pairs: Iterable[Pair], types: Iterable[str]) -> Counts:
    """Columns `TYPE.wrong`, `TYPE.hits` for each first-level type, by the reference's findings; OTHER where none.

    A step with errors of several types counts for each of them, so the columns may add up to more than the steps.
    """
    pairs, names = list(pairs), [*types, OTHER]
    columns = [f"{name}.{what}" for name in names for what in ("wrong", "hits")]
    rows = []
    for pair in pairs:
        row = dict.fromkeys(columns, 0.0)
        for wanted, called in zip(pair.reference.judgments, pair.predicted.judgments, strict=True):
            if visco_label(wanted) is not False or called.state not in ("judged", "unparsed"):
                continue
            found = {(finding.error_type or "").partition("/")[0] for finding in wanted.findings}
            for name in {kind if kind in names else OTHER for kind in found} or {OTHER}:
                row[f"{name}.wrong"] += 1
                row[f"{name}.hits"] += is_flagged(called)
        rows.append(list(row.values()))
    return Counts.of(columns, rows, clusters=[pair.group or str(number) for number, pair in enumerate(pairs)])


def recall_of(kind: str) -> Formula:
    return lambda sums: ratio(sums[f"{kind}.hits"], sums[f"{kind}.wrong"])


def recall_gap(one: str, other: str) -> Formula:
    """How much better one type is found than another: reasoning over perception is VISCO's first pattern."""
    return lambda sums: recall_of(one)(sums) - recall_of(other)(sums)


PROPAGATION_COLUMNS = (
    "after_flag", "after_flag_flagged", "before_flag", "before_flag_flagged",
    "ref_after_flag", "ref_after_flag_flagged", "ref_before_flag", "ref_before_flag_flagged",
    "correct_after_error", "false_after_error", "correct_before_error", "false_before_error",
)  # fmt: skip


def propagation_counts(pairs: Iterable[Pair]) -> Counts:
    """Steps from the second on, by whether the same author flagged an earlier one, and whether they were flagged."""
    pairs = list(pairs)
    rows = [[*_chances(pair.predicted), *_chances(pair.reference), *_false_flags(pair)] for pair in pairs]
    return Counts.of(
        PROPAGATION_COLUMNS, rows, clusters=[pair.group or str(number) for number, pair in enumerate(pairs)]
    )


def _chances(critique: Critique) -> list[float]:
    after = after_flagged = before = before_flagged = 0
    seen = False
    for judgment in critique.judgments:
        flagged = is_flagged(judgment)
        if judgment.step > 1 and judgment.state in ("judged", "unparsed"):
            if seen:
                after, after_flagged = after + 1, after_flagged + flagged
            else:
                before, before_flagged = before + 1, before_flagged + flagged
        seen = seen or flagged
    return [after, after_flagged, before, before_flagged]


def _false_flags(pair: Pair) -> list[float]:
    after = false_after = before = false_before = 0
    seen = False
    for wanted, called in zip(pair.reference.judgments, pair.predicted.judgments, strict=True):
        label = visco_label(wanted)
        if label is True and called.state in ("judged", "unparsed"):
            if seen:
                after, false_after = after + 1, false_after + is_flagged(called)
            else:
                before, false_before = before + 1, false_before + is_flagged(called)
        seen = seen or label is False
    return [after, false_after, before, false_before]


def _lift(prefix: str) -> Formula:
    def formula(sums: Sums) -> Floats:
        after = ratio(sums[f"{prefix}after_flag_flagged"], sums[f"{prefix}after_flag"])
        return ratio(after, ratio(sums[f"{prefix}before_flag_flagged"], sums[f"{prefix}before_flag"]))

    return formula


PROPAGATION: Mapping[str, Formula] = {
    "lift": _lift(""),
    "reference_lift": _lift("ref_"),
    "exaggeration": lambda sums: ratio(_lift("")(sums), _lift("ref_")(sums)),
    "false_flags_after_error": lambda sums: ratio(sums["false_after_error"], sums["correct_after_error"]),
    "false_flags_before_error": lambda sums: ratio(sums["false_before_error"], sums["correct_before_error"]),
}
