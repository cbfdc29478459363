"""Rows to core records: what exporters, metrics, critics and the compare page read.

The other way round is `verbs/store.py`. Everything here works on prefetched rows and makes no queries of its own,
except `problem_records`, which streams a project in chunks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import F, Model, Prefetch, QuerySet

from annotations.core import schema
from annotations.models.critique import Critique, Evidence, Explanation, Finding, Judgment, Mark
from annotations.models.outcome_records import author_record, check_records, effect_records, rollout_records
from annotations.models.problem import Problem
from annotations.models.reading_records import reading_records
from annotations.models.response import Response, Step

PLANTED = "planted:"  # before the key of a response with an error put in on purpose, so that every format marks it


@dataclass(slots=True)
class Parts:
    """The parts of one critique in their order: rows, or named tuples with the same columns."""

    judgments: list[Any] = field(default_factory=list)
    findings: list[Any] = field(default_factory=list)
    explanations: list[Any] = field(default_factory=list)
    marks: list[Any] = field(default_factory=list)
    evidence: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, critique: Critique) -> Parts:
        """From a critique of `Critique.objects.whole()`."""
        return cls(*(list(getattr(critique, part.name).all()) for part in fields(cls)))


def critique_record(
    critique: Critique,
    *,
    reference: schema.ReferenceKind | None = None,
    reference_version: int | None = None,
    parts: Parts | None = None,
) -> schema.Critique:
    """From a critique of `Critique.objects.whole()`, or from one with its `author` and these parts."""
    parts = parts or Parts.of(critique)
    return schema.Critique(
        key=critique.key or str(critique.pk),
        author=author_record(critique.author),
        answer=schema.AnswerJudgment(
            verdict=critique.verdict,  # type: ignore[arg-type]
            state=critique.state,  # type: ignore[arg-type]
            confidence=critique.answer_confidence,
        ),
        judgments=_judgments(parts),
        comment=critique.comment,
        confidence=critique.confidence,
        difficulty=critique.difficulty,
        evidence=tuple(
            schema.Evidence(kind=item.kind, step=item.step, content=item.content) for item in parts.evidence
        ),
        stage=critique.stage,  # type: ignore[arg-type]
        revision=critique.revision,
        started_at=critique.started_at,
        submitted_at=critique.submitted_at,
        active_seconds=critique.active_seconds,
        raw_output=critique.raw_output,
        costs=critique.costs,
        reference=reference,
        reference_version=reference_version,
        run=critique.author.run,
        sample=critique.sample,
        extra=critique.extra,
    )


def _judgments(parts: Parts) -> tuple[schema.Judgment, ...]:
    explanations: dict[int, list[str]] = defaultdict(list)
    for explanation in parts.explanations:
        explanations[explanation.finding].append(explanation.text)
    marks: dict[int, list[schema.Span | schema.Region]] = defaultdict(list)
    for mark in parts.marks:
        marks[mark.finding].append(_mark(mark))
    findings: dict[int, list[schema.Finding]] = defaultdict(list)
    for finding in parts.findings:
        findings[finding.step].append(
            schema.Finding(
                error_type=finding.error_type,
                severity=finding.severity,
                explanations=tuple(explanations[finding.ordinal]),
                corrected_text=finding.corrected_text,
                marks=tuple(marks[finding.ordinal]),
            )
        )
    return tuple(
        schema.Judgment(
            step=judgment.number,
            verdict=judgment.verdict,
            state=judgment.state,
            own_error=judgment.own_error,
            inherits_from=tuple(judgment.inherits_from),
            origin_unknown=judgment.origin_unknown,
            confidence=judgment.confidence,
            reason=judgment.reason,
            active_seconds=judgment.active_seconds,
            skills=tuple(judgment.skills),
            steps_seen=judgment.steps_seen,
            findings=tuple(findings[judgment.number]),
        )
        for judgment in parts.judgments
    )


def _mark(mark: Any) -> schema.Span | schema.Region:
    if mark.kind == "span":
        return schema.Span(start=mark.start, end=mark.end)
    points = tuple(zip(mark.points[::2], mark.points[1::2], strict=True))
    return schema.Region(image=mark.image_number, shape=mark.shape, points=points)


def response_record(
    response: Response, critiques: tuple[schema.Critique, ...] = (), *, ranges: list[schema.StepRange] | None = None
) -> schema.Response:
    """From a response whose `steps` are prefetched, or with the ranges of its present segmentation, which are told."""
    if ranges is None:
        ranges = [schema.StepRange(start=step.start, end=step.end) for step in steps_of(response)]
    rule = next((cut.rule for cut in response.segmentations.all() if cut.number == response.segmentation), "")
    return schema.Response(
        key=response.key,
        source_text=response.source_text,
        steps=tuple(ranges),
        segmentation=rule,
        answer=response.answer,
        generator=response.generator,
        checkpoint=response.checkpoint,
        sample=response.sample,
        revises=response.revises.key if response.revises else None,
        guided_by=(response.guided_by.key or str(response.guided_by.pk)) if response.guided_by else None,
        critiques=critiques,
        extra=response.extra,
    )


def problem_record(
    problem: Problem, responses: tuple[schema.Response, ...] = (), readings: tuple[schema.Reading, ...] = ()
) -> schema.Problem:
    """Images are told by content and name; whoever writes a file adds their bytes."""
    return schema.Problem(
        key=problem.key,
        question=problem.question,
        images=tuple(
            schema.Image(sha256=placed.image.sha256, path=placed.name, description=placed.description)
            for placed in problem.problem_images.all()
        ),
        reference_answer=problem.reference_answer,
        options=tuple(problem.options),
        source_dataset=problem.source_dataset,
        superskill=problem.superskill,
        skill=problem.skill,
        licence=problem.licence,
        tags=tuple(problem.tags),
        responses=responses,
        readings=readings,
        extra=problem.extra,
    )


def steps_of(response: Response) -> list[Step]:
    """The steps that new critiques judge, from prefetched rows."""
    return [step for step in response.steps.all() if step.segmentation == response.segmentation]


def problem_records(
    problems: QuerySet[Problem],
    critiques: QuerySet[Critique],
    *,
    chunk: int = 200,
    reached: Mapping[UUID, float | None] | None = None,
    responses: QuerySet[Response] | None = None,
    kept: Callable[[Sequence[Problem]], Collection[UUID]] | None = None,
) -> Iterator[tuple[Problem, schema.Problem]]:
    """Streams problems with their responses and those of `critiques` that belong to them; memory is one chunk's.

    kept: tells, of problems, which of their responses are wanted; None: all.
    Yields the row beside its record. References are told on the critique that holds the highest version. Steps and the
    parts of critiques, most of all rows, are read as plain tuples: instances of models would take most of the time.
    reached: with which probability responses came to people, where that is known (verbs/probability.py).
    """
    prefetched = problems.prefetch_related(
        "problem_images__image",
        Prefetch(
            "responses",
            (Response.objects.all() if responses is None else responses)
            .select_related("revises", "guided_by", "plant")
            .prefetch_related(
                "segmentations",
                "references",
                Prefetch("critiques", critiques.select_related("author")),
            ).order_by("position", "id"),
        ),
    )  # fmt: skip
    for batch in _batched(prefetched.iterator(chunk_size=chunk), chunk):
        wanted = kept(batch) if kept else None
        held = [
            response
            for problem in batch
            for response in problem.responses.all()
            if wanted is None or response.pk in wanted
        ]
        by_problem: dict[UUID, list[Response]] = defaultdict(list)
        for response in held:
            by_problem[response.problem_id].append(response)
        ranges = _ranges_of([response.pk for response in held])
        told = [critique.pk for response in held for critique in response.critiques.all()]
        parts = _parts_of(told)
        keys = [response.pk for response in held]
        effects = effect_records(keys)
        rollouts, checks = rollout_records(keys, set(told)), check_records(keys, set(told))
        readings = reading_records(keys, set(told))
        for problem in batch:
            whole = tuple(
                replace(
                    _whole(response, ranges[response.pk], parts),
                    effect=effects.get(response.pk),
                    rollout_sets=rollouts.get(response.pk, ()),
                    finding_checks=checks.get(response.pk, ()),
                    reached_with=reached.get(response.pk) if reached else None,
                )
                for response in by_problem[problem.pk]
            )
            read = [reading for response in by_problem[problem.pk] for reading in readings.get(response.pk, ())]
            yield problem, problem_record(problem, whole, tuple(read))


def _batched(rows: Iterator[Problem], size: int) -> Iterator[list[Problem]]:
    while batch := list(islice(rows, size)):
        yield batch


# name, table, its key below the critique, further columns
_PARTS: tuple[tuple[str, type[Model], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "judgments",
        Judgment,
        ("number",),
        (
            "verdict", "state", "own_error", "inherits_from", "origin_unknown", "confidence", "reason",
            "active_seconds", "skills", "steps_seen",
        ),
    ),
    ("findings", Finding, ("ordinal",), ("step", "error_type", "severity", "corrected_text")),
    ("explanations", Explanation, ("finding", "ordinal"), ("text",)),
    ("marks", Mark, ("ordinal",), ("finding", "kind", "start", "end", "image_number", "shape", "points")),
    ("evidence", Evidence, ("ordinal",), ("step", "kind", "content")),
)  # fmt: skip


def _parts_of(critiques: list[UUID]) -> dict[UUID, Parts]:
    """All parts of these critiques, one query a table, each in the order of its key."""
    found = {critique: Parts() for critique in critiques}
    for name, table, order, columns in _PARTS:
        rows = table._default_manager.filter(critique_id__in=critiques).order_by("critique_id", *order)
        for row in rows.values_list("critique_id", *order, *columns, named=True):
            getattr(found[row.critique_id], name).append(row)
    return found


def _ranges_of(responses: list[UUID]) -> dict[UUID, list[schema.StepRange]]:
    """The steps of these responses under their present segmentation."""
    found: dict[UUID, list[schema.StepRange]] = {response: [] for response in responses}
    steps = Step.objects.filter(response_id__in=responses, segmentation=F("response__segmentation"))
    for response, start, end in steps.order_by("response_id", "number").values_list("response_id", "start", "end"):
        found[response].append(schema.StepRange(start=start, end=end))
    return found


def _whole(response: Response, ranges: list[schema.StepRange], parts: dict[UUID, Parts]) -> schema.Response:
    reference = max(response.references.all(), key=lambda row: row.version, default=None)
    held = {reference.critique_id: (reference.kind, reference.version)} if reference else {}
    record = response_record(
        response,
        tuple(
            critique_record(
                critique,
                reference=held[critique.pk][0] if critique.pk in held else None,  # type: ignore[arg-type]
                reference_version=held[critique.pk][1] if critique.pk in held else None,
                parts=parts[critique.pk],
            )
            for critique in response.critiques.all()
        ),
        ranges=ranges,
    )
    return replace(record, key=PLANTED + record.key) if hasattr(response, "plant") else record
