"""Rollouts into the database: a set whole, and the check of a finding that sets make possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.core import schema
from annotations.core.answers import check_answer
from annotations.core.ids import new_id
from annotations.metrics.rollouts import causal_check
from annotations.models import Critique, FindingCheck, Response, Rollout, RolloutSet
from annotations.verbs.copying import copy_in
from annotations.verbs.store import author_for


def judged(continuations: Sequence[tuple[str, str | None]], response: Response) -> tuple[schema.Rollout, ...]:
    """Continuations (text, answer) with what the matcher says of their answers."""
    return tuple(
        schema.Rollout(text=text, answer=answer, outcome=check_answer(answer, response.problem).outcome)
        for text, answer in continuations
    )


@transaction.atomic
def store_rollout_set(
    response: Response,
    rollouts: Sequence[schema.Rollout],
    *,
    after_step: int,
    generator: schema.Author,
    critique: Critique | None = None,
    finding: int | None = None,
    seed: int = 0,
    run: UUID | None = None,
    job: UUID | None = None,
    costs: dict[str, Any] | None = None,
) -> RolloutSet:
    """Stores the continuations of one prefix. Raises ValueError for none, IntegrityError where the database says no."""
    if not rollouts:
        raise ValueError("rollouts: expected at least one, found none")
    id = new_id()
    outcomes = [rollout.outcome for rollout in rollouts]
    row = RolloutSet.objects.create(
        id=id,
        project=response.project,
        problem_id=response.problem_id,
        response=response,
        key=str(id),
        segmentation=response.segmentation,
        step_count=response.segmentations.values_list("step_count", flat=True).get(number=response.segmentation),
        after_step=after_step,
        critique=critique,
        finding=finding,
        generator_id=author_for(response.project, generator, run=str(run) if run else ""),
        run=run,
        job=job,
        seed=seed,
        rollout_count=len(rollouts),
        **{outcome: outcomes.count(outcome) for outcome in schema.ANSWER_OUTCOMES},
        costs=costs or {},
    )
    copy_in(
        Rollout,
        (
            Rollout(
                rollout_set_id=id, ordinal=ordinal, rollout_count=len(rollouts),
                text=rollout.text, answer=rollout.answer, outcome=rollout.outcome,
            )
            for ordinal, rollout in enumerate(rollouts, 1)
        ),
    )  # fmt: skip
    return row


def store_check(
    critique: Critique, finding: int, *, before: RolloutSet, after: RolloutSet, corrected: RolloutSet | None
) -> FindingCheck:
    """The evidence on a finding that these sets give: before its step, after it, after its corrected text."""
    told = causal_check(before.tally, after.tally, corrected.tally if corrected else None)
    return FindingCheck.objects.create(
        project_id=critique.project_id,
        response_id=critique.response_id,
        critique=critique,
        finding=finding,
        before=before,
        after=after,
        corrected=corrected,
        step_change=told.step.value,
        step_low=told.step.low,
        step_high=told.step.high,
        correction_change=told.correction.value,
        correction_low=told.correction.low,
        correction_high=told.correction.high,
    )
