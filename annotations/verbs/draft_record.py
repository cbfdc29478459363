"""A draft as the critique that it would become, and what is still missing from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import TypeAdapter

from annotations.core import schema
from annotations.models import Draft, Project
from annotations.verbs.draft_paths import FINDING_ID

_FINDING_STEP = re.compile(rf"findings\.({FINDING_ID})\.step")
_MARKS: TypeAdapter[tuple[schema.Span | schema.Region, ...]] = TypeAdapter(tuple[schema.Mark, ...])

_NOT_TO_BE_LEFT = {
    "never": gettext_lazy("a verdict (this project leaves no step unlabelled)"),
    "after_error": gettext_lazy("a verdict (only steps after an incorrect one may be left unlabelled)"),
}

Values = Mapping[str, Any]  # path → value, as in draft_paths


@dataclass(frozen=True, slots=True)
class Missing:
    """What must be there before submit: `step` 0 is the answer."""

    step: int
    what: str

    def __str__(self) -> str:
        where = _("Step %(number)s") % {"number": self.step} if self.step else _("The answer")
        return f"{where}: {self.what}"


def finding_ids(values: Values) -> dict[str, int]:
    """The draft's findings in their order: id → step. One whose step is null was removed."""
    steps = {match[1]: values[path] for path in values if (match := _FINDING_STEP.fullmatch(path))}
    return {id: steps[id] for id in sorted(steps) if steps[id] is not None}


def critique_of(
    draft: Draft, values: Values, *, steps: int, author: schema.Author, stage: schema.Stage, submitted_at: datetime
) -> schema.Critique:
    """The core critique of a draft's values; an unjudged step is `unlabelled`."""
    judgments = judgments_of(values, steps=steps)
    seconds = [judgment.active_seconds for judgment in judgments if judgment.active_seconds is not None]
    if (on_the_answer := values.get("answer.seconds")) is not None:
        seconds.append(on_the_answer)
    verdict = values.get("answer.verdict")
    return schema.Critique(
        key=f"draft {draft.pk}",
        author=author,
        answer=schema.AnswerJudgment(
            verdict=verdict,
            state="judged" if verdict else "unlabelled",
            confidence=values.get("answer.confidence"),
        ),
        judgments=judgments,
        comment=values.get("comment") or "",
        confidence=values.get("confidence"),
        difficulty=values.get("difficulty"),
        stage=stage,
        started_at=draft.created_at,
        submitted_at=submitted_at,
        active_seconds=sum(seconds) if seconds else None,
    )


def judgments_of(values: Values, *, steps: int) -> tuple[schema.Judgment, ...]:
    """One judgment a step, as the draft stands."""
    found: dict[int, list[schema.Finding]] = {number: [] for number in range(1, steps + 1)}
    for id, step in finding_ids(values).items():
        found[step].append(_finding(values, id))
    return tuple(_judgment(values, number, tuple(found[number])) for number in found)


def _judgment(values: Values, number: int, findings: tuple[schema.Finding, ...]) -> schema.Judgment:
    def value(name: str) -> Any:
        return values.get(f"steps.{number}.{name}")

    is_wrong = value("verdict") == "incorrect"
    own, inherits, unknown = (
        value("own_error"),
        tuple(sorted(value("inherits_from") or ())),
        bool(value("origin_unknown")),
    )
    if is_wrong and own is None and findings and not unknown:
        own = True  # a finding in this step is an error of its own
    if not is_wrong:  # the draft keeps what was chosen, should the verdict change back; the page shows it no more
        own, inherits, unknown = None, (), False
    return schema.Judgment(
        step=number,
        verdict=value("verdict"),
        state="judged" if value("verdict") else "unlabelled",
        own_error=own,
        inherits_from=inherits,
        origin_unknown=unknown,
        confidence=value("confidence"),
        reason=(value("reason") or "") if value("verdict") == "unsure" else "",
        active_seconds=value("seconds"),
        skills=tuple(skill for skill in schema.SKILLS if skill in (value("skills") or ())),
        steps_seen=value("steps_seen") if value("verdict") else None,
        findings=findings,
    )


def _finding(values: Values, id: str) -> schema.Finding:
    def value(name: str) -> Any:
        return values.get(f"findings.{id}.{name}")

    return schema.Finding(
        error_type=value("error_type"),
        severity=value("severity"),
        explanations=(value("explanation"),) if (value("explanation") or "").strip() else (),
        corrected_text=value("corrected_text"),
        marks=_MARKS.validate_python(value("marks") or []),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a project asks of a critique before it is submitted: rules of its, as `models.Project` tells them."""

    require_explanation: bool = False
    require_confidence: bool = False
    unlabelled_steps: str = "after_error"

    @classmethod
    def of(cls, project: Project) -> Demands:
        return cls(**{field.name: getattr(project, field.name) for field in fields(cls)})


def missing(values: Values, *, steps: int, demands: Demands) -> Sequence[Missing]:
    """What a person has yet to give, step by step, the answer last; empty if the draft may be submitted."""
    findings = finding_ids(values)
    lacking: list[Missing] = []
    error_seen = False
    for step in range(1, steps + 1):
        verdict, path = values.get(f"steps.{step}.verdict"), f"steps.{step}"
        may_be_left = demands.unlabelled_steps == "always" or (demands.unlabelled_steps == "after_error" and error_seen)
        error_seen = error_seen or verdict == "incorrect"
        if verdict is None:
            if values.get(f"{path}.state") != "unlabelled":
                lacking.append(Missing(step, _("a verdict")))
            elif not may_be_left:
                lacking.append(Missing(step, str(_NOT_TO_BE_LEFT[demands.unlabelled_steps])))
            continue
        if demands.require_confidence and values.get(f"{path}.confidence") is None:
            lacking.append(Missing(step, _("how sure you are")))
        only_inherited = bool(values.get(f"{path}.inherits_from")) and not values.get(f"{path}.own_error")
        here = [id for id, at in findings.items() if at == step]
        unexplained = [id for id in here if not (values.get(f"findings.{id}.explanation") or "").strip()]
        if demands.require_explanation and verdict == "incorrect" and not only_inherited:
            if not here:
                lacking.append(Missing(step, _("a finding that says what is wrong (or that the error is inherited)")))
            elif unexplained:
                lacking.append(Missing(step, _("an explanation of what is wrong")))
    if values.get("answer.verdict") is None:
        lacking.append(Missing(0, _("a verdict")))
    return lacking
