"""Whose verdicts are the labels of a training row: the reference, or the majority of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from annotations.core.critique_facts import stance, visco_label
from annotations.core.schema import Critique, Judgment, Response, Verdict
from annotations.exporters.base import Option

LABELS = Option(
    name="labels",
    values=("reference", "people"),
    help="Whose verdicts are the labels: the reference critique, or the majority of people.",
)
NEUTRAL = Option(
    name="neutral",
    values=("correct", "incorrect", "unlabelled"),
    help="What a neutral step becomes. TRL's own converter of PRM800K makes it incorrect.",
)


def reference_of(response: Response) -> Critique | None:
    return next((critique for critique in response.critiques if critique.reference), None)


def people_of(response: Response) -> list[Critique]:
    """People's own critiques; a reference that was adjudicated is nobody's own."""
    return [one for one in response.critiques if one.author.kind == "person" and one.reference != "adjudicated"]


def critics_of(response: Response) -> list[Critique]:
    return [one for one in response.critiques if one.author.kind == "critic"]


def whole_label(response: Response, options: Mapping[str, str]) -> Critique | None:
    """One critique to stand for the label, text and all: the reference, or the first person's."""
    if options["labels"] == "reference":
        return reference_of(response)
    return next(iter(people_of(response)), None)


def step_labels(response: Response, options: Mapping[str, str]) -> list[bool | None] | None:
    """Per step: True right, False wrong, None unlabelled or disputed; None where nobody judged the response."""
    if options["labels"] == "reference":
        reference = reference_of(response)
        return None if reference is None else [_label(one, options) for one in reference.judgments]
    people = people_of(response)
    if not people:
        return None
    return [
        _majority([_label(critique.judgments[index], options) for critique in people])
        for index in range(len(response.steps or ()))
    ]


def answer_label(response: Response, options: Mapping[str, str]) -> bool | None:
    if options["labels"] == "reference":
        reference = reference_of(response)
        return None if reference is None else _right(reference.answer.verdict)
    return _majority([_right(critique.answer.verdict) for critique in people_of(response)])


def rating(judgment: Judgment) -> int | None:
    """PRM800K's: 1 correct, 0 neutral, -1 incorrect; None where nobody decided."""
    return {"correct": 1, "neutral": 0, "incorrect": -1}.get(stance(judgment) or "")


def _label(judgment: Judgment, options: Mapping[str, str]) -> bool | None:
    neutral = {"correct": True, "incorrect": False}.get(options.get("neutral", "correct"))
    return visco_label(judgment, neutral=neutral)


def _right(verdict: Verdict | None) -> bool | None:
    return {"correct": True, "neutral": True, "incorrect": False}.get(verdict or "")


def _majority(labels: Sequence[bool | None]) -> bool | None:
    counts = Counter(label for label in labels if label is not None)
    if not counts or counts[True] == counts[False]:
        return None
    return counts[True] > counts[False]
