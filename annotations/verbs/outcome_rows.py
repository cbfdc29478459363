"""What came of a response, as rows: its effect if it is a correction, its rollout sets, and the checks of its findings.

Like `record_rows.py`: everything is looked up in what is known, nothing is written yet, and what is there stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models

from annotations.core import schema
from annotations.core.codec import FieldError
from annotations.core.effects import check_effect
from annotations.core.ids import new_id
from annotations.models import Effect, FindingCheck, RejectedStep, Rollout, RolloutSet
from annotations.verbs.store import Place

if TYPE_CHECKING:
    from annotations.verbs.landing import Landing

ELSEWHERE = "in this project, earlier in the file or on the same line"


@dataclass(slots=True)
class OutcomeRows:
    """Rows that wait to be copied after the critiques, parents first."""

    effects: list[Effect] = field(default_factory=list)
    rejected: list[RejectedStep] = field(default_factory=list)
    rollout_sets: list[RolloutSet] = field(default_factory=list)
    rollouts: list[Rollout] = field(default_factory=list)
    checks: list[FindingCheck] = field(default_factory=list)

    def tables(self) -> list[tuple[type[models.Model], list[Any]]]:
        return [
            (Effect, self.effects),
            (RejectedStep, self.rejected),
            (RolloutSet, self.rollout_sets),
            (Rollout, self.rollouts),
            (FindingCheck, self.checks),
        ]


def add_outcomes(
    rows: OutcomeRows, landing: Landing, record: schema.Response, place: Place, path: str
) -> Iterator[FieldError]:
    """Adds the rows of one response that are not there yet; yields every error."""
    if record.effect is not None:
        yield from _prefixed(path, _effect(rows, landing, record, record.effect, place))
    for index, each in enumerate(record.rollout_sets):
        yield from _prefixed(f"{path}.rollout_sets.{index}", _rollout_set(rows, landing, each, place))
    for index, check in enumerate(record.finding_checks):
        yield from _prefixed(f"{path}.finding_checks.{index}", _check(rows, landing, check, place))


def _prefixed(path: str, errors: Iterator[FieldError]) -> Iterator[FieldError]:
    for error in errors:
        yield FieldError(f"{path}.{error.field}", error.expected, error.found)


def _effect(
    rows: OutcomeRows, landing: Landing, record: schema.Response, effect: schema.Effect, place: Place
) -> Iterator[FieldError]:
    known = landing.known
    held = known.effects.get(place.response_id)
    if held is not None:
        if held != effect:
            yield FieldError("effect", "the effect exactly as it is stored, since it never changes", "another one")
        return
    critique = known.critiques.get(record.guided_by) if record.guided_by else None
    errors = list(check_effect(effect, record, critique.finding_count if critique else None))
    revised = known.responses.get(record.revises or "")
    root = known.responses.get(effect.root) if effect.root else revised
    if root is None or revised is None:
        errors.append(FieldError("effect.root", f"the key of a response {ELSEWHERE}", repr(effect.root)))
    yield from errors
    if errors or root is None or revised is None:
        return
    rows.effects.append(
        Effect(
            correction_id=place.response_id,
            project_id=place.project_id,
            problem_id=place.problem_id,
            revised_id=revised.id,
            root_id=root.id,
            critique_id=critique.id if critique else None,
            corrector_id=landing.author_of(effect.corrector, effect.run),
            level=effect.level,
            source=effect.source,
            seed=effect.seed,
            round=effect.round,
            finding_count=critique.finding_count if critique else None,
            explanations=list(effect.explanations),
            explanation_seed=effect.explanation_seed,
            left_out=effect.left_out,
            rejected_count=len(effect.rejected),
            before=effect.before,
            before_by=effect.before_by,
            after=effect.after,
            effect=effect.effect,
            costs=effect.costs,
        )
    )
    rows.rejected += [
        RejectedStep(
            correction_id=place.response_id, ordinal=ordinal, rejected_count=len(effect.rejected),
            step=draft.step, text=draft.text, reason=draft.reason,
        )
        for ordinal, draft in enumerate(effect.rejected, 1)
    ]  # fmt: skip
    known.put(known.effects, place.response_id, effect)


def _rollout_set(rows: OutcomeRows, landing: Landing, each: schema.RolloutSet, place: Place) -> Iterator[FieldError]:
    known = landing.known
    held = known.rollout_sets.get(each.key)
    if held is not None:
        if held[1] != each:
            yield FieldError("key", "a key of its own, or the set exactly as it was imported before", repr(each.key))
        return
    critique = known.critiques.get(each.critique) if each.critique else None
    errors = list(_set_errors(each, critique.finding_count if critique else None, place))
    yield from errors
    if errors:
        return
    outcomes = Counter(rollout.outcome for rollout in each.rollouts)
    row = RolloutSet(
        id=new_id(),
        project_id=place.project_id,
        problem_id=place.problem_id,
        response_id=place.response_id,
        key=each.key,
        segmentation=place.segmentation,
        step_count=len(place.step_lengths),
        after_step=each.after_step,
        critique_id=critique.id if critique else None,
        finding=each.finding,
        generator_id=landing.author_of(each.generator, each.run),
        seed=each.seed,
        rollout_count=len(each.rollouts),
        right=outcomes["right"],
        wrong=outcomes["wrong"],
        unparsed=outcomes["unparsed"],
        costs=each.costs,
    )
    rows.rollout_sets.append(row)
    rows.rollouts += [
        Rollout(
            rollout_set_id=row.id, ordinal=ordinal, rollout_count=len(each.rollouts),
            text=rollout.text, answer=rollout.answer, outcome=rollout.outcome,
        )
        for ordinal, rollout in enumerate(each.rollouts, 1)
    ]  # fmt: skip
    known.put(known.rollout_sets, each.key, (row.id, each))


def _set_errors(each: schema.RolloutSet, finding_count: int | None, place: Place) -> Iterator[FieldError]:
    if not each.key or len(each.key) > 300:
        yield FieldError("key", "1 to 300 characters", f"{len(each.key)}")
    if not each.rollouts:
        yield FieldError("rollouts", "at least one", "none")
    if each.after_step > len(place.step_lengths):
        yield FieldError("after_step", f"at most {len(place.step_lengths)}, the number of steps", str(each.after_step))
    if (each.critique is None) != (each.finding is None):
        yield FieldError("finding", "a critique and its finding, or neither", "one of them")
    elif each.critique is not None and finding_count is None:
        yield FieldError("critique", f"the key of a critique {ELSEWHERE}", repr(each.critique))
    elif each.finding is not None and not each.finding <= (finding_count or 0):
        yield FieldError("finding", f"from 1 to {finding_count}", str(each.finding))


def _check(rows: OutcomeRows, landing: Landing, check: schema.FindingCheck, place: Place) -> Iterator[FieldError]:
    known = landing.known
    if known.checks.get((place.response_id, check)):
        return
    critique = known.critiques.get(check.critique)
    if critique is None or check.finding > critique.finding_count:
        expected = f"a finding of a critique {ELSEWHERE}"
        yield FieldError("finding", expected, f"{check.finding} of {check.critique!r}")
        return
    sets: dict[str, UUID | None] = {}
    for name in ("before", "after", "corrected"):
        key = getattr(check, name)
        found = known.rollout_sets.get(key) if key else None
        if key and found is None:
            yield FieldError(name, f"the key of a rollout set {ELSEWHERE}", repr(key))
            return
        sets[f"{name}_id"] = found[0] if found else None
    rows.checks.append(
        FindingCheck(
            project_id=place.project_id,
            response_id=place.response_id,
            critique_id=critique.id,
            finding=check.finding,
            step_change=check.step_change,
            step_low=check.step_low,
            step_high=check.step_high,
            correction_change=check.correction_change,
            correction_low=check.correction_low,
            correction_high=check.correction_high,
            **sets,
        )
    )
    known.put(known.checks, (place.response_id, check), True)
