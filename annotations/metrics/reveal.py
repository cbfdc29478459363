"""Does seeing a critic's critique help? A person's verdicts before and after the reveal, against the reference.

For each critic that was shown, the steps on which it held another stance than the person are what it could move:

- helped: the person took its stance and came to be right; misled: took it and came to be wrong
- unmoved: kept right, or kept wrong

and, of the reference's errors that the person had missed and the critic flagged (`missed`), how many the person flagged
afterwards (`taken_up`). Steps without a reference label say nothing. A person's other changes are not the critic's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annotations.core.critique_facts import is_flagged, visco_label
from annotations.core.schema import Critique
from annotations.metrics.bootstrap import Counts, Floats, Formula, Sums, ratio

COLUMNS = ("helped", "misled", "kept_right", "kept_wrong", "missed", "taken_up")


@dataclass(frozen=True, slots=True)
class Seen:
    """One person's critique before and after, one critic's that was shown between, and the reference."""

    before: Critique
    after: Critique
    critic: Critique
    reference: Critique
    group: str = ""


def counts(seen: Iterable[Seen]) -> Counts:
    seen = list(seen)
    return Counts.of(
        COLUMNS, [_row(one) for one in seen], clusters=[one.group or str(number) for number, one in enumerate(seen)]
    )


def _row(seen: Seen) -> list[float]:
    row = dict.fromkeys(COLUMNS, 0.0)
    steps = (seen.before.judgments, seen.after.judgments, seen.critic.judgments, seen.reference.judgments)
    for before, after, critic, wanted in zip(*steps, strict=True):
        label = visco_label(wanted)
        if label is None or critic.state != "judged" or before.state != "judged" or after.state != "judged":
            continue
        wrong, was, became, told = not label, is_flagged(before), is_flagged(after), is_flagged(critic)
        if was != told:
            followed = became == told
            moved = "helped" if told == wrong else "misled"
            row[moved if followed else "kept_right" if was == wrong else "kept_wrong"] += 1
        if wrong and not was and told:
            row["missed"] += 1
            row["taken_up"] += became
    return list(row.values())


FORMULAS: Mapping[str, Formula] = {
    "helped_rate": lambda sums: ratio(sums["helped"], _movable(sums)),
    "misled_rate": lambda sums: ratio(sums["misled"], _movable(sums)),
    "unmoved_rate": lambda sums: ratio(sums["kept_right"] + sums["kept_wrong"], _movable(sums)),
    "taken_up_rate": lambda sums: ratio(sums["taken_up"], sums["missed"]),
    "net": lambda sums: ratio(sums["helped"] - sums["misled"], _movable(sums)),
}


def _movable(sums: Sums) -> Floats:
    return sums["helped"] + sums["misled"] + sums["kept_right"] + sums["kept_wrong"]
