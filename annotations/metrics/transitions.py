"""Does a critique help? Right and wrong answers before × after a correction.

Columns: `rr`, `rw`, `wr`, `ww` (right or wrong, before then after), and `unknown` where either answer could not be
matched: unparsed, never a guess.

- PCR = P(right after | wrong before), NCR = P(wrong after | right before), gain = PCR − NCR (VISCO).
- CL = P(right after | right before), CS = P(right after | wrong before), RSS = (A2 − A1²) / (2 A1 (1 − A1)) with the
  accuracies A1 before and A2 after (Confidence v.s. Critique, METHODS.md row 9).

Identities, held by tests: gain = CS + CL − 1; A2 = A1 CL + (1 − A1) CS; RSS = ½ for a second answer drawn like the
first (CL = CS = A1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annotations.metrics.bootstrap import Counts, Floats, Formula, Sums, ratio

COLUMNS = ("rr", "rw", "wr", "ww", "unknown")


@dataclass(frozen=True, slots=True)
class Transition:
    """Whether the answer was right before and after; None: could not be told. `group` is the problem's key."""

    before: bool | None
    after: bool | None
    group: str = ""


def counts(transitions: Iterable[Transition]) -> Counts:
    transitions = list(transitions)
    return Counts.of(
        COLUMNS,
        [_row(one) for one in transitions],
        clusters=[one.group or str(number) for number, one in enumerate(transitions)],
    )


def _row(one: Transition) -> list[float]:
    if one.before is None or one.after is None:
        return [0, 0, 0, 0, 1]
    cell = ("r" if one.before else "w") + ("r" if one.after else "w")
    return [float(cell == column) for column in COLUMNS[:4]] + [0.0]


def _known(sums: Sums) -> Floats:
    return sums["rr"] + sums["rw"] + sums["wr"] + sums["ww"]


def accuracy_before(sums: Sums) -> Floats:
    return ratio(sums["rr"] + sums["rw"], _known(sums))


def accuracy_after(sums: Sums) -> Floats:
    return ratio(sums["rr"] + sums["wr"], _known(sums))


def confidence_level(sums: Sums) -> Floats:
    """CL: what was right stays right."""
    return ratio(sums["rr"], sums["rr"] + sums["rw"])


def critique_score(sums: Sums) -> Floats:
    """CS, which is PCR: what was wrong becomes right."""
    return ratio(sums["wr"], sums["wr"] + sums["ww"])


def negative_correction_ratio(sums: Sums) -> Floats:
    """NCR = 1 − CL."""
    return ratio(sums["rw"], sums["rr"] + sums["rw"])


def gain(sums: Sums) -> Floats:
    return critique_score(sums) - negative_correction_ratio(sums)


def relative_self_correction_score(sums: Sums) -> Floats:
    """RSS; undefined where all was right, or all wrong, before."""
    before, after = accuracy_before(sums), accuracy_after(sums)
    return ratio(after - before**2, 2 * before * (1 - before))


FORMULAS: Mapping[str, Formula] = {
    "pcr": critique_score,
    "ncr": negative_correction_ratio,
    "gain": gain,
    "cl": confidence_level,
    "cs": critique_score,
    "rss": relative_self_correction_score,
    "accuracy_before": accuracy_before,
    "accuracy_after": accuracy_after,
    "coverage": lambda sums: ratio(_known(sums), _known(sums) + sums["unknown"]),
}
