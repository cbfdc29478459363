"""What came of responses, as core records: effects of corrections, rollout sets and checks of findings.

Each function takes the keys of any number of responses and asks a fixed number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from annotations.core import schema
from annotations.models.critique import Author, Critique
from annotations.models.effect import Effect, RejectedStep
from annotations.models.rollout import FindingCheck, Rollout, RolloutSet


def author_record(author: Author) -> schema.Author:
    return schema.Author(
        kind=author.kind,  # type: ignore[arg-type]
        name=author.name,
        method=author.method,
        engine=author.engine,
        model=author.model,
        prompt_hash=author.prompt_hash,
        settings=author.settings,
    )


def effect_records(responses: Iterable[UUID]) -> dict[UUID, schema.Effect]:
    """The effect of each of these that has one."""
    effects = list(Effect.objects.filter(pk__in=list(responses)).select_related("corrector", "root"))
    rejected: dict[UUID, list[schema.RejectedStep]] = defaultdict(list)
    for row in RejectedStep.objects.filter(correction__in=[effect.pk for effect in effects if effect.rejected_count]):
        rejected[row.correction_id].append(schema.RejectedStep(step=row.step, text=row.text, reason=row.reason))
    return {
        effect.pk: schema.Effect(
            corrector=author_record(effect.corrector),
            level=effect.level,  # type: ignore[arg-type]
            source=effect.source,  # type: ignore[arg-type]
            before=effect.before,  # type: ignore[arg-type]
            before_by=effect.before_by,  # type: ignore[arg-type]
            after=effect.after,  # type: ignore[arg-type]
            effect=effect.effect,  # type: ignore[arg-type]
            seed=effect.seed,
            round=effect.round,
            explanations=tuple(effect.explanations),
            explanation_seed=effect.explanation_seed,
            left_out=effect.left_out,
            rejected=tuple(rejected[effect.pk]),
            root=effect.root.key if effect.root_id != effect.revised_id else None,
            run=effect.corrector.run,
            costs=effect.costs,
        )
        for effect in effects
    }


def rollout_records(
    responses: Iterable[UUID], critiques: Collection[UUID] | None = None
) -> dict[UUID, tuple[schema.RolloutSet, ...]]:
    """By response, in order. critiques: sets that rest on another critique's finding are left out; None: none are."""
    sets = list(RolloutSet.objects.filter(response__in=list(responses)).select_related("generator", "critique"))
    if critiques is not None:
        sets = [each for each in sets if each.critique_id is None or each.critique_id in critiques]
    rollouts: dict[UUID, list[schema.Rollout]] = defaultdict(list)
    for row in Rollout.objects.filter(rollout_set__in=[each.pk for each in sets]):
        rollouts[row.rollout_set_id].append(
            schema.Rollout(text=row.text, answer=row.answer, outcome=row.outcome)  # type: ignore[arg-type]
        )
    found: dict[UUID, list[schema.RolloutSet]] = defaultdict(list)
    for each in sets:
        found[each.response_id].append(
            schema.RolloutSet(
                key=each.key,
                after_step=each.after_step,
                critique=critique_key(each.critique),
                finding=each.finding,
                generator=author_record(each.generator),
                seed=each.seed,
                rollouts=tuple(rollouts[each.pk]),
                run=each.generator.run,
                costs=each.costs,
            )
        )
    return {response: tuple(told) for response, told in found.items()}


def check_records(
    responses: Iterable[UUID], critiques: Collection[UUID] | None = None
) -> dict[UUID, tuple[schema.FindingCheck, ...]]:
    """By response, the oldest first; of these critiques alone where they are given."""
    checks = FindingCheck.objects.filter(response__in=list(responses)).order_by("created_at", "id")
    found: dict[UUID, list[schema.FindingCheck]] = defaultdict(list)
    for check in checks.select_related("critique", "before", "after", "corrected"):
        if critiques is None or check.critique_id in critiques:
            found[check.response_id].append(
                schema.FindingCheck(
                    critique=critique_key(check.critique) or "",
                    finding=check.finding,
                    before=check.before.key,
                    after=check.after.key,
                    corrected=check.corrected.key if check.corrected else None,
                    step_change=check.step_change,
                    step_low=check.step_low,
                    step_high=check.step_high,
                    correction_change=check.correction_change,
                    correction_low=check.correction_low,
                    correction_high=check.correction_high,
                )
            )
    return {response: tuple(told) for response, told in found.items()}


def critique_key(critique: Critique | None) -> str | None:
    """By which records name a critique."""
    return None if critique is None else critique.key or str(critique.pk)
