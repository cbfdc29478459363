"""What follows from a critique and is therefore never typed by anyone: labels, first error, counts, differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotations.core.schema import Critique, Judgment, Verdict


def is_flagged(judgment: Judgment) -> bool:
    """Whether the step is held to be wrong: by its verdict, by an error of its own, or by one that it inherits."""
    if judgment.state != "judged":
        return False
    return judgment.verdict == "incorrect" or judgment.own_error is True or bool(judgment.inherits_from)


def stance(judgment: Judgment) -> Verdict | None:
    """The verdict with its origin reckoned in: "incorrect" for every flagged step, None for one that was not judged."""
    if judgment.state != "judged":
        return None
    return "incorrect" if is_flagged(judgment) else judgment.verdict


def visco_label(judgment: Judgment, *, neutral: bool | None = True) -> bool | None:
    """VISCO's `reasoning_correctness` of the step: False if flagged, True if correct, None if nobody knows.

    `unlabelled`, `unparsed`, `abstained` and the verdict `unsure` give None. VISCO has no neutral steps: what they
    become is the caller's choice, by default True, since the positive class is "incorrect" and a neutral step is not.
    Source: METHODS.md 1.3 (verdict = own error or inherited error).
    """
    labels: Mapping[Verdict | None, bool | None] = {"incorrect": False, "correct": True, "neutral": neutral}
    return labels.get(stance(judgment))


@dataclass(frozen=True, slots=True)
class FirstError:
    """`step` is None if no error was found. `certain`: every step before it (all, if there is none) was decided."""

    step: int | None
    certain: bool


def first_error(critique: Critique) -> FirstError:
    """The earliest step with an error of its own; an incorrect step whose origin nobody told counts as such.

    A step that only inherits is never the first error. An unjudged or unsure step before it could be: then the result
    is not `certain`.
    """
    return first_error_of(critique.judgments)


def first_error_of(judgments: Sequence[Judgment]) -> FirstError:
    """The same of judgments in step order, which may be a draft's."""
    certain = True
    for judgment in judgments:
        if _may_have_own_error(judgment):
            return FirstError(judgment.step, certain)
        certain = certain and stance(judgment) not in (None, "unsure")
    return FirstError(None, certain)


def _may_have_own_error(judgment: Judgment) -> bool:
    if not is_flagged(judgment) or judgment.own_error is False:
        return False
    return judgment.own_error is True or not judgment.inherits_from


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagCounts:
    """Steps of one critique by stance or, where not judged, by state; `incorrect` counts every flagged step."""

    correct: int = 0
    incorrect: int = 0
    neutral: int = 0
    unsure: int = 0
    unlabelled: int = 0
    unparsed: int = 0
    abstained: int = 0

    @property
    def judged(self) -> int:
        return self.correct + self.incorrect + self.neutral + self.unsure


def flag_counts(critique: Critique) -> FlagCounts:
    """How many steps the critique holds to be what."""
    counts: Counter[str] = Counter(stance(judgment) or judgment.state for judgment in critique.judgments)
    return FlagCounts(**counts)


def differing_steps(critiques: Sequence[Critique]) -> tuple[int, ...]:
    """Numbers of the steps on which critiques of one response take different stances; unjudged ones take none."""
    stances: dict[int, set[Verdict]] = {}
    for critique in critiques:
        for judgment in critique.judgments:
            taken = stance(judgment)
            if taken is not None:
                stances.setdefault(judgment.step, set()).add(taken)
    return tuple(sorted(step for step, taken in stances.items() if len(taken) > 1))
