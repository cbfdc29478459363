"""What came of a critique, as the page shows it: nothing of the correction before it was unlocked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from annotations.core.steps import step_texts
from annotations.models import Effect, Response, Step
from annotations.verbs.hindsight import Outcome
from annotations.web.step_text import render_step

RATINGS = (("helped", _("It helped")), ("no_difference", _("It made no difference")), ("misled", _("It misled")))
EXPECTED = (
    ("helped", _("It will help")),
    ("no_difference", _("It will make no difference")),
    ("misled", _("It will mislead")),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A step of the original beside what became of it; either may be missing."""

    number: int
    before: SafeString | None
    after: SafeString | None
    is_same: bool


@dataclass(frozen=True, slots=True)
class OutcomeView:
    outcome: Outcome
    number: int
    lines: Sequence[Line] = ()
    answer_before: str | None = None
    answer_after: str | None = None
    effect: str = ""  # fixed, unchanged, broke, unparsed; "" where nobody measured
    corrector: str = ""

    @property
    def ratings(self) -> Sequence[tuple[str, object]]:
        return RATINGS

    @property
    def foresight_ratings(self) -> Sequence[tuple[str, object]]:
        return EXPECTED


def outcome_views(outcomes: Sequence[Outcome], original: Response) -> list[OutcomeView]:
    """Two queries for all that were shown; the chain of one that is locked is not even read."""
    shown = [outcome.correction for outcome in outcomes if outcome.showing is not None]
    texts = _texts(shown)
    effects = {row.correction_id: row for row in Effect.objects.filter(correction__in=shown)}
    steps = sorted(
        (step for step in original.steps.all() if step.segmentation == original.segmentation),
        key=lambda step: step.number,
    )
    before = step_texts(original.source_text, steps)  # type: ignore[arg-type]  # rows have start and end as well
    views = []
    for number, outcome in enumerate(outcomes, 1):
        correction = outcome.correction
        if outcome.showing is None:
            views.append(OutcomeView(outcome, number))
            continue
        effect = effects.get(correction.pk)
        views.append(
            OutcomeView(
                outcome,
                number,
                lines=_lines(before, texts[correction.pk]),
                answer_before=original.answer,
                answer_after=correction.answer,
                effect=effect.effect if effect else "",
                corrector=correction.generator,
            )
        )
    return views


def _texts(corrections: Sequence[Response]) -> dict[object, list[str]]:
    found: dict[object, list[str]] = {correction.pk: [] for correction in corrections}
    sources = {correction.pk: (correction.source_text, correction.segmentation) for correction in corrections}
    for step in Step.objects.filter(response__in=corrections).order_by("response", "segmentation", "number"):
        text, segmentation = sources[step.response_id]
        if step.segmentation == segmentation:
            found[step.response_id].append(text[step.start : step.end])
    return found


def _lines(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    lines = []
    for index in range(max(len(before), len(after))):
        old = before[index] if index < len(before) else None
        new = after[index] if index < len(after) else None
        lines.append(
            Line(
                number=index + 1,
                before=render_step(old) if old is not None else None,
                after=render_step(new) if new is not None else None,
                is_same=old == new,
            )
        )
    return lines
