"""A correction into the database: the response that revises, and what came of it, in one transaction.

People's corrections and correctors' alike come through `store_correction`. Whether people are to critique corrections
too is a rule of the project; without it a correction gets no slots: it is made to be measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.core import schema
from annotations.core.answers import check_answer
from annotations.core.codec import FieldError
from annotations.core.content import response_hash
from annotations.core.effects import choose_explanations, effect_of, source_of
from annotations.core.ids import new_id
from annotations.core.steps import SEGMENTATION_RULE, split_steps
from annotations.core.validation import check_response
from annotations.models import (
    Critique,
    Effect,
    Explanation,
    Finding,
    Reference,
    RejectedStep,
    Response,
    Segmentation,
    Slot,
    Step,
)
from annotations.models.records import author_record
from annotations.verbs.copying import copy_in
from annotations.verbs.store import author_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """How a correction was guided. With a critique and nothing said, by all of it.

    `explanations` is what `explanation_seed` chose (core.effects.choose_explanations); None lets it be chosen here.
    """

    level: schema.GuidanceLevel | None = None
    seed: int = 0
    round: int | None = None  # None: one more than that of the response that is revised
    explanation_seed: int | None = None
    explanations: tuple[int, ...] | None = None
    left_out: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Where a correction of a run came from, and what it cost."""

    run: UUID | None = None
    job: UUID | None = None
    ordinal: int = 1
    costs: dict[str, Any] = field(default_factory=dict)
    rejected: Sequence[schema.RejectedStep] = ()


@transaction.atomic
def store_correction(
    original: Response,
    record: schema.Response,
    *,
    author: schema.Author,
    user: Any = None,
    guided_by: Critique | None = None,
    guidance: Guidance | None = None,
    made: Made | None = None,
) -> Response:
    """Stores a response that revises `original`, with its effect (`response.effect`).

    record: its text, answer and, where they are known, its steps; without a key it gets one, and `revises` and
    `guided_by` are set here. author: the person or the corrector who made it; user: the person's account.
    Raises FieldError for a text that has no steps or steps that do not fit, ValueError for a critique of another
    response, IntegrityError where the database says no.
    """
    guidance, made = guidance or Guidance(), made or Made()
    if guided_by is not None and guided_by.response_id != original.pk:
        raise ValueError(f"guided_by: expected a critique of {original.key}, found one of another response")
    row = _insert_response(original, record, guided_by)
    corrector_id = author_for(original.project, author, user=user, run=str(made.run) if made.run else "")
    _insert_effect(row, original, guided_by, guidance, made, corrector=author, corrector_id=corrector_id)
    return row


@transaction.atomic
def store_generated(beside: Response, record: schema.Response) -> Response:
    """Stores a new chain to the same problem as `beside`, with which a lineage begins; it revises nothing."""
    return _insert_response(beside, record, None, revises=False)


def _insert_response(
    original: Response, record: schema.Response, guided_by: Critique | None, *, revises: bool = True
) -> Response:
    id = new_id()
    record = replace(
        record,
        key=record.key or f"{original.key[:230]}/{'correction' if revises else 'generated'}/{id}",
        revises=original.key if revises else None,
        guided_by=(guided_by.key or str(guided_by.pk)) if guided_by else None,
        critiques=(),
        effect=None,
    )
    rule = record.segmentation if record.steps is not None else SEGMENTATION_RULE
    cut = record if record.steps is not None else replace(record, steps=split_steps(record.source_text))
    errors = check_response(cut)
    if errors:
        raise errors[0]
    steps = cut.steps or ()
    if not steps:
        raise FieldError("source_text", "a text with at least one step", "none")
    project = original.project
    last = Response.objects.filter(project=project).order_by("-position").values_list("position", flat=True).first()
    row = Response.objects.create(
        id=id,
        project=project,
        problem_id=original.problem_id,
        key=record.key,
        source_text=record.source_text,
        answer=record.answer,
        generator=record.generator,
        checkpoint=record.checkpoint,
        sample=record.sample,
        revises=original if revises else None,
        guided_by=guided_by,
        extra=record.extra,
        content_hash=response_hash(record, original.problem.key),
        step_count=len(steps),
        position=(last or 0) + 1,
    )
    Segmentation.objects.create(response=row, number=1, rule=rule, step_count=len(steps))
    copy_in(
        Step,
        [
            Step(
                response_id=id, segmentation=1, number=number, step_count=len(steps),
                start=step.start, end=step.end, length=step.end - step.start,
            )
            for number, step in enumerate(steps, 1)
        ],
    )  # fmt: skip
    if project.queue_corrections:
        Slot.objects.bulk_create(
            Slot(response=row, number=number, project=project, position=row.position, state="open")
            for number in range(1, project.overlap_of(row.pk) + 1)
        )
    return row


def _insert_effect(
    row: Response,
    original: Response,
    critique: Critique | None,
    guidance: Guidance,
    made: Made,
    *,
    corrector: schema.Author,
    corrector_id: UUID,
) -> Effect:
    level = guidance.level or ("ASE" if critique else "none")
    explanations: tuple[int, ...] = ()
    if critique is not None and level == "ASE":
        explanations = guidance.explanations or choose_explanations(
            explanations_of(critique), guidance.explanation_seed or 0, left_out=guidance.left_out
        )
    last = Effect.objects.filter(pk=original.pk).values_list("root", "round").first()
    before, before_by = outcome_of(original)
    after = check_answer(row.answer, original.problem).outcome
    effect = Effect.objects.create(
        correction=row,
        project_id=row.project_id,
        problem_id=row.problem_id,
        revised=original,
        root_id=last[0] if last else original.pk,
        critique=critique,
        corrector_id=corrector_id,
        run=made.run,
        job=made.job,
        ordinal=made.ordinal,
        level=level,
        source=source_of(author_record(critique.author) if critique else None, corrector),
        seed=guidance.seed,
        round=guidance.round or (last[1] + 1 if last else 1),
        finding_count=critique.finding_count if critique else None,
        explanations=list(explanations),
        explanation_seed=guidance.explanation_seed,
        left_out=guidance.left_out,
        rejected_count=len(made.rejected),
        before=before,
        before_by=before_by,
        after=after,
        effect=effect_of(before, after),
        costs=made.costs,
    )
    RejectedStep.objects.bulk_create(
        RejectedStep(
            correction=effect, ordinal=ordinal, rejected_count=len(made.rejected),
            step=rejected.step, text=rejected.text, reason=rejected.reason,
        )
        for ordinal, rejected in enumerate(made.rejected, 1)
    )  # fmt: skip
    return effect


def outcome_of(response: Response) -> tuple[schema.AnswerOutcome, schema.BeforeBy]:
    """Whether the response's answer is right: by the verdict of the project's reference, else by the matcher.

    VISCO's released scorer reads it off the id's prefix; the stored verdict is what was meant.
    """
    verdicts: dict[str | None, schema.AnswerOutcome] = {"correct": "right", "incorrect": "wrong"}
    held = Reference.objects.filter(response=response).values_list("critique__verdict", flat=True).first()
    if held in verdicts:
        return verdicts[held], "reference"
    return check_answer(response.answer, response.problem).outcome, "matcher"


def explanations_of(critique: Critique) -> list[list[str]]:
    """The explanations of each finding of a stored critique, in order."""
    found: dict[int, list[str]] = {
        ordinal: [] for ordinal in Finding.objects.filter(critique=critique).values_list("ordinal", flat=True)
    }
    for finding, text in Explanation.objects.filter(critique=critique).values_list("finding", "text"):
        found[finding].append(text)
    return [found[ordinal] for ordinal in sorted(found)]
