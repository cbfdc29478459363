"""What the corpora's importers share: a chain of given steps, labels of it, and the original record kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import (
    AnswerJudgment,
    Author,
    Critique,
    Finding,
    Judgment,
    ReferenceKind,
    Response,
    Verdict,
)
from annotations.core.steps import GIVEN_STEPS, join_steps

VERDICT_OF_RATING: Mapping[int, Verdict] = {1: "correct", 0: "neutral", -1: "incorrect"}


def key_of(corpus: str, *parts: Any) -> str:
    """`corpus/part/part`; a part that is long text is named by its hash."""
    return "/".join([corpus, *(_short(str(part)) for part in parts)])


def _short(part: str) -> str:
    if len(part) <= 80 and "\n" not in part:
        return part
    return hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def chain(key: str, steps: Sequence[str], *, field: str, **more: Any) -> Response:
    """A response whose steps came as a list. Raises FieldError, naming `field`, where there are none."""
    if not steps:
        raise FieldError(field, "at least one step", "an empty list")
    source_text, ranges = join_steps(steps)
    return Response(key=key, source_text=source_text, steps=ranges, segmentation=GIVEN_STEPS, **more)


def one_of(value: Any, allowed: Sequence[Any], field: str) -> Any:
    """The value, if it is among those allowed."""
    if value not in allowed:
        raise FieldError(field, f"one of {', '.join(map(str, allowed))}", repr(value)[:80])
    return value


def first_error_judgments(
    steps: int, first: int | None, *, field: str, findings: tuple[Finding, ...] = ()
) -> tuple[Judgment, ...]:
    """Labels of a corpus that names the first error only: `first` from 1, None for none.

    Steps before it are correct, it has an error of its own, and what follows is unlabelled, never correct.
    Raises FieldError for a step that is not there.
    """
    if first is not None and not 1 <= first <= steps:
        raise FieldError(field, f"a step of the {steps} there are, or none", str(first))
    judgments = []
    for number in range(1, steps + 1):
        if first is None or number < first:
            judgments.append(Judgment(step=number, verdict="correct"))
        elif number == first:
            judgments.append(Judgment(step=number, verdict="incorrect", own_error=True, findings=findings))
        else:
            judgments.append(Judgment(step=number, state="unlabelled"))
    return tuple(judgments)


def rated(number: int, rating: int | None, *, field: str, findings: tuple[Finding, ...] = ()) -> Judgment:
    """A three-way rating: 1 correct, 0 neutral, -1 incorrect, null unlabelled; an error's origin is not said."""
    if rating is None:
        return Judgment(step=number, state="unlabelled", findings=findings)
    verdict = VERDICT_OF_RATING[one_of(rating, tuple(VERDICT_OF_RATING), field)]
    return Judgment(step=number, verdict=verdict, origin_unknown=verdict == "incorrect", findings=findings)


def unparsed(steps: int) -> tuple[Judgment, ...]:
    """Of a critic whose words could not be read."""
    return tuple(Judgment(step=number, state="unparsed") for number in range(1, steps + 1))


def answer_judged(correct: bool | None) -> AnswerJudgment:
    if correct is None:
        return AnswerJudgment()
    return AnswerJudgment(verdict="correct" if correct else "incorrect", state="judged")


def imported(
    key: str,
    author: Author,
    judgments: Sequence[Judgment],
    *,
    correct: bool | None = None,
    reference: ReferenceKind | None = "gold",
    **more: Any,
) -> Critique:
    """A critique as a corpus holds it; `correct` is of the answer."""
    return Critique(
        key=key,
        author=author,
        answer=answer_judged(correct),
        judgments=tuple(judgments),
        stage="imported",
        reference=reference,
        **more,
    )


def explained(*texts: Any, **more: Any) -> tuple[Finding, ...]:
    """One finding with these alternatives of an explanation; none where nobody said anything."""
    said = tuple(text for text in texts if isinstance(text, str) and text.strip())
    return (Finding(explanations=said, **more),) if said or any(more.values()) else ()
