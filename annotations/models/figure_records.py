"""A project's records as its figures need them: plain columns of long stretches of it, no instances of models.

The same records as `records.problem_records` gives, less what no figure reads: images, readings, rollouts, evidence,
comments, raw output, and how long a step took. A stretch of problems takes ten queries, whatever its length. Equal
judgments are one object: most of a project's say no more than "step 2 is correct".
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from annotations.core import schema
from annotations.models.critique import Author, Critique
from annotations.models.outcome_records import author_record, effect_records
from annotations.models.problem import Problem
from annotations.models.project import Project
from annotations.models.response import Response

STRETCH = 1000  # problems

# Rows come with the place of their response or critique in the list that was asked for, in the order of the places.
_OF = "FROM unnest(%s::uuid[]) WITH ORDINALITY AS k (id, place) JOIN"
_STEPS = f"""
SELECT k.place, s.start, s."end" {_OF} annotations_response r ON r.id = k.id
JOIN annotations_step s ON s.response_id = r.id AND s.segmentation = r.segmentation ORDER BY k.place, s.number
"""
_CRITIQUES = f"""
SELECT c.id, c.author_id, c.key, c.verdict, c.state, c.answer_confidence, c.confidence, c.difficulty, c.stage,
    c.revision, c.active_seconds, c.costs::text, c.sample, newest.kind, newest.version
{_OF} annotations_critique c ON c.id = k.id
LEFT JOIN LATERAL (
    SELECT f.critique_id, f.kind, f.version FROM annotations_reference f WHERE f.response_id = c.response_id
    ORDER BY f.version DESC LIMIT 1
) newest ON newest.critique_id = c.id ORDER BY k.place
"""  # noqa: S608  # put together from the constant above; keys are a parameter
_JUDGMENTS = f"""
SELECT k.place, j.number, j.verdict, j.state, j.own_error, j.inherits_from, j.origin_unknown, j.confidence, j.skills
{_OF} annotations_judgment j ON j.critique_id = k.id ORDER BY k.place, j.number
"""
_FINDINGS = f"""
SELECT k.place, f.ordinal, f.step, f.error_type, f.severity, f.corrected_text
{_OF} annotations_finding f ON f.critique_id = k.id ORDER BY k.place, f.ordinal
"""
_EXPLANATIONS = f"""
SELECT k.place, e.finding, e.text {_OF} annotations_explanation e ON e.critique_id = k.id
ORDER BY k.place, e.finding, e.ordinal
"""
_MARKS = f"""
SELECT k.place, m.finding, m.kind, m.start, m."end", m.image_number, m.shape, m.points
{_OF} annotations_mark m ON m.critique_id = k.id ORDER BY k.place, m.ordinal
"""
_OF_RESPONSE = ("id", "problem_id", "key", "source_text", "answer", "generator", "sample", "guided_by_id")

Place = tuple[int, int]  # of the critique in the list that was asked for, from 1; its finding, or the finding's step


def figure_records(
    project: Project,
    critiques: QuerySet[Critique],
    responses: QuerySet[Response],
    *,
    reached: Mapping[UUID, float | None] | None = None,
) -> Iterator[schema.Problem]:
    """The project's problems in their order; `reached` as in `records.problem_records`. Memory is one stretch's."""
    reader = _Reader(project, critiques, responses, reached or {})
    problems = Problem.objects.filter(project=project).order_by("position", "id")
    rows = problems.values_list("id", "key", "question", "source_dataset", "superskill", "skill").iterator(STRETCH)
    while batch := list(islice(rows, STRETCH)):
        held = reader.responses_of([row[0] for row in batch])
        for id, key, question, source_dataset, superskill, skill in batch:
            yield schema.Problem(
                key=key,
                question=question,
                source_dataset=source_dataset,
                superskill=superskill,
                skill=skill,
                responses=tuple(held.get(id, ())),
            )


class _Reader:
    def __init__(
        self,
        project: Project,
        critiques: QuerySet[Critique],
        responses: QuerySet[Response],
        reached: Mapping[UUID, float | None],
    ) -> None:
        self.critiques, self.responses, self.reached = critiques, responses, reached
        of_project = Author.objects.filter(project=project)
        self.authors = {author.pk: (author_record(author), author.run) for author in of_project}
        self.has_effects = project.effects.exists()
        self.judgments: dict[tuple[Any, ...], schema.Judgment] = {}

    def responses_of(self, problems: list[UUID]) -> dict[UUID, list[schema.Response]]:
        rows = list(
            self.responses.filter(problem_id__in=problems).order_by("position", "id").values_list(*_OF_RESPONSE)
        )
        keys = [row[0] for row in rows]
        steps: dict[int, list[schema.StepRange]] = defaultdict(list)
        for place, start, end in _asked(_STEPS, keys):
            steps[place].append(schema.StepRange(start=start, end=end))
        critiques = self._critiques_of(keys)
        effects = effect_records(keys) if self.has_effects else {}
        guides = {row[-1] for row in rows if row[-1]}
        named = {pk: key or str(pk) for pk, key in Critique.objects.filter(pk__in=guides).values_list("pk", "key")}
        found: dict[UUID, list[schema.Response]] = defaultdict(list)
        for place, (id, problem, key, source_text, answer, generator, sample, guided_by) in enumerate(rows, 1):
            found[problem].append(
                schema.Response(
                    key=key,
                    source_text=source_text,
                    steps=tuple(steps[place]),
                    answer=answer,
                    generator=generator,
                    sample=sample,
                    guided_by=named.get(guided_by),
                    effect=effects.get(id),
                    critiques=tuple(critiques.get(id, ())),
                    reached_with=self.reached.get(id),
                )
            )
        return found

    def _critiques_of(self, responses: list[UUID]) -> dict[UUID, list[schema.Critique]]:
        """By response, in the order of the queryset."""
        wanted = list(self.critiques.filter(response_id__in=responses).values_list("id", "response_id"))
        keys = [id for id, _ in wanted]
        judgments = self._judgments_of(keys)
        found: dict[UUID, list[schema.Critique]] = defaultdict(list)
        for place, ((_, response), row) in enumerate(zip(wanted, _asked(_CRITIQUES, keys), strict=True), 1):
            id, author, key, verdict, state, sure, confidence, difficulty, stage, revision, seconds, costs, *rest = row
            sample, kind, version = rest
            record, run = self.authors[author]
            found[response].append(
                schema.Critique(
                    key=key or str(id),
                    author=record,
                    answer=schema.AnswerJudgment(verdict=verdict, state=state, confidence=sure),
                    judgments=tuple(judgments[place]),
                    confidence=confidence,
                    difficulty=difficulty,
                    stage=stage,
                    revision=revision,
                    active_seconds=seconds,
                    costs=json.loads(costs) if costs != "{}" else {},
                    reference=kind,
                    reference_version=version,
                    run=run,
                    sample=sample,
                )
            )
        return found

    def _judgments_of(self, critiques: list[UUID]) -> dict[int, list[schema.Judgment]]:
        findings = _findings_of(critiques)
        found: dict[int, list[schema.Judgment]] = defaultdict(list)
        for place, number, verdict, state, own_error, inherits_from, unknown, confidence, skills in _asked(
            _JUDGMENTS, critiques
        ):
            here = findings.get((place, number), ())
            told = (number, verdict, state, own_error, tuple(inherits_from), unknown, confidence, tuple(skills))
            judgment = None if here else self.judgments.get(told)
            if judgment is None:
                judgment = schema.Judgment(
                    step=number,
                    verdict=verdict,
                    state=state,
                    own_error=own_error,
                    inherits_from=told[4],
                    origin_unknown=unknown,
                    confidence=confidence,
                    skills=told[7],
                    findings=tuple(here),
                )
                if not here:
                    self.judgments[told] = judgment
            found[place].append(judgment)
        return found


def _findings_of(critiques: list[UUID]) -> dict[Place, list[schema.Finding]]:
    """By critique and step."""
    explanations: dict[Place, list[str]] = defaultdict(list)
    for critique, finding, text in _asked(_EXPLANATIONS, critiques):
        explanations[critique, finding].append(text)
    marks: dict[Place, list[schema.Span | schema.Region]] = defaultdict(list)
    for critique, finding, kind, start, end, image, shape, points in _asked(_MARKS, critiques):
        if kind == "span":
            marks[critique, finding].append(schema.Span(start=start, end=end))
        else:
            pairs = tuple(zip(points[::2], points[1::2], strict=True))
            marks[critique, finding].append(schema.Region(image=image, shape=shape, points=pairs))
    found: dict[Place, list[schema.Finding]] = defaultdict(list)
    for critique, ordinal, step, error_type, severity, corrected_text in _asked(_FINDINGS, critiques):
        found[critique, step].append(
            schema.Finding(
                error_type=error_type,
                severity=severity,
                explanations=tuple(explanations.get((critique, ordinal), ())),
                corrected_text=corrected_text,
                marks=tuple(marks.get((critique, ordinal), ())),
            )
        )
    return found


def _asked(query: str, keys: list[UUID]) -> list[tuple[Any, ...]]:
    """One parameter for all keys: a place of its own for each would take longer to send than the rows to come."""
    with connection.cursor() as cursor:
        cursor.execute(query, [keys])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
