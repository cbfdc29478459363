"""How somebody did on items whose truth is known: verdicts, first error, type; a rolling estimate with its interval.

An item is right or wrong in each of three ways. Verdicts: every step that the reference labels is told so, and the
answer. First error: the same step, or none in both (ProcessBench's notion). Type: the finding at the reference's first
error has one of its types; only where the reference names one. Intervals are Wilson's (1927): they stay within 0 to 1
and hold their level from a handful of items on, where a bootstrap of all-right items has no width at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotations.core.critique_facts import first_error, is_flagged, visco_label
from annotations.core.schema import Critique
from annotations.metrics.bootstrap import Figure

Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Score:
    """None where the reference says nothing of it."""

    verdicts: bool | None
    first_error: bool | None
    type: bool | None


def score(said: Critique, known: Critique) -> Score:
    """Both of the same response under the same cut. An unjudged step before the first error is no right verdict."""
    truth, told = first_error(known), first_error(said)
    labels = [
        (visco_label(judgment), visco_label(own)) for judgment, own in zip(known.judgments, said.judgments, strict=True)
    ]
    # After the first error a reference may leave steps unlabelled, and so may the person.
    judged = [
        (label, own)
        for number, (label, own) in enumerate(labels, 1)
        if label is not None and (own is not None or truth.step is None or number <= truth.step)
    ]
    answer = known.answer.verdict in (None, said.answer.verdict)
    return Score(
        verdicts=answer and all(label == own for label, own in judged) if judged else None,
        first_error=truth.step == told.step if truth.certain else None,
        type=_same_type(said, known, truth.step),
    )


def _same_type(said: Critique, known: Critique, step: int | None) -> bool | None:
    if step is None:
        return None
    wanted = {finding.error_type for finding in known.judgments[step - 1].findings if finding.error_type}
    if not wanted:
        return None
    judgment = said.judgments[step - 1]
    return is_flagged(judgment) and bool(wanted & {finding.error_type for finding in judgment.findings})


def share(outcomes: Iterable[bool | None]) -> Figure:
    """The share of True among those known, with Wilson's 95 % interval; `clusters` is how many were known."""
    known = [outcome for outcome in outcomes if outcome is not None]
    if not known:
        return Figure(value=None)
    low, high = wilson(sum(known), len(known))
    return Figure(value=sum(known) / len(known), low=low, high=high, clusters=len(known))


def wilson(hits: int, count: int, z: float = Z95) -> tuple[float, float]:
    """The interval of a share; count 1 or more."""
    rate, square = hits / count, z * z
    middle = (rate + square / (2 * count)) / (1 + square / count)
    half = z / (1 + square / count) * math.sqrt(rate * (1 - rate) / count + square / (4 * count * count))
    return (middle - half if hits else 0.0), (middle + half if hits < count else 1.0)


def rolling(scores: Sequence[Score], window: int) -> dict[str, Figure]:
    """Of the last `window` items, oldest first: `verdicts`, `first_error` and `type`."""
    last = scores[-window:]
    return {name: share(getattr(one, name) for one in last) for name in ("verdicts", "first_error", "type")}
