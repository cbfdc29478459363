"""Critiques into the database, whole: the one writer for people, critics and import."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from annotations.core import schema
from annotations.core.ids import new_id
from annotations.models import (
    Author,
    Critique,
    Evidence,
    Explanation,
    Finding,
    Judgment,
    Mark,
    Project,
    Reference,
    Response,
)
from annotations.verbs.copying import copy_in, copy_tuples


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a critique belongs: its response under one segmentation, and the rules in force."""

    project_id: UUID
    problem_id: UUID
    response_id: UUID
    segmentation: int
    step_lengths: tuple[int, ...]  # code points, in step order
    verdict_scale: str
    guideline_id: int | None = None
    taxonomy_id: int | None = None


# Of these two there are many a critique, so their rows are plain values in this order.
JUDGMENT_COLUMNS = (
    "critique_id", "response_id", "segmentation", "number", "step_count", "step_length", "verdict_scale", "verdict",
    "state", "own_error", "inherits_from", "origin_unknown", "confidence", "reason", "active_seconds",
    "skills", "steps_seen",
)  # fmt: skip
EXPLANATION_COLUMNS = ("critique_id", "finding", "ordinal", "explanation_count", "text")
_COLUMNS: dict[type[models.Model], tuple[str, ...]] = {Judgment: JUDGMENT_COLUMNS, Explanation: EXPLANATION_COLUMNS}


@dataclass(slots=True)
class CritiqueRows:
    """The rows of any number of critiques, table by table, parents first."""

    critiques: list[Critique] = field(default_factory=list)
    judgments: list[tuple[Any, ...]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    explanations: list[tuple[Any, ...]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    def tables(self) -> list[tuple[type[models.Model], list[Any]]]:
        return [
            (Critique, self.critiques),
            (Judgment, self.judgments),
            (Finding, self.findings),
            (Explanation, self.explanations),
            (Mark, self.marks),
            (Evidence, self.evidence),
        ]


_PLACE = """
SELECT
    ARRAY(SELECT length FROM annotations_step WHERE response_id = %(response)s AND segmentation = %(segmentation)s
          ORDER BY number),
    (SELECT id FROM annotations_guidelineversion WHERE project_id = %(project)s ORDER BY number DESC LIMIT 1),
    (SELECT id FROM annotations_taxonomyversion WHERE project_id = %(project)s ORDER BY number DESC LIMIT 1)
"""


def place_of(response: Response, segmentation: int | None = None) -> Place:
    """The place of new critiques of this response. One query beside the response's own and its project's."""
    number = segmentation or response.segmentation
    values: dict[str, Any] = {"response": response.pk, "segmentation": number, "project": response.project_id}
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, values)
        lengths, guideline, taxonomy = cursor.fetchone()
    return Place(
        project_id=response.project_id,
        problem_id=response.problem_id,
        response_id=response.pk,
        segmentation=number,
        step_lengths=tuple(lengths),
        verdict_scale=response.project.verdict_scale,
        guideline_id=guideline,
        taxonomy_id=taxonomy,
    )


def add_rows(
    rows: CritiqueRows,
    record: schema.Critique,
    *,
    at: Place,
    author_id: UUID,
    run: UUID | None = None,
    revision: int = 1,
    supersedes_id: UUID | None = None,
) -> Critique:
    """Appends one checked critique (core.validation) to `rows`; returns its unsaved row with its key."""
    findings = [(judgment.step, finding) for judgment in record.judgments for finding in judgment.findings]
    mark_count = sum(len(finding.marks) for _, finding in findings)
    critique = Critique(
        id=new_id(),
        project_id=at.project_id,
        problem_id=at.problem_id,
        response_id=at.response_id,
        author_id=author_id,
        key=record.key,
        segmentation=at.segmentation,
        verdict_scale=at.verdict_scale,
        guideline_id=at.guideline_id,
        taxonomy_id=at.taxonomy_id,
        verdict=record.answer.verdict,
        state=record.answer.state,
        answer_confidence=record.answer.confidence,
        comment=record.comment,
        confidence=record.confidence,
        difficulty=record.difficulty,
        stage=record.stage,
        revision=revision,
        supersedes_id=supersedes_id,
        run=run,
        sample=record.sample,
        started_at=record.started_at,
        submitted_at=record.submitted_at,
        active_seconds=record.active_seconds,
        raw_output=record.raw_output,
        costs=record.costs,
        extra=record.extra,
        step_count=len(at.step_lengths),
        finding_count=len(findings),
        mark_count=mark_count,
        evidence_count=len(record.evidence),
    )
    rows.critiques.append(critique)
    rows.judgments.extend(_judgment(judgment, critique, at) for judgment in record.judgments)
    mark_ordinal = 0
    for ordinal, (step, finding) in enumerate(findings, 1):
        length = at.step_lengths[step - 1]
        rows.findings.append(
            Finding(
                critique_id=critique.id,
                ordinal=ordinal,
                finding_count=len(findings),
                step=step,
                step_length=length,
                error_type=finding.error_type,
                severity=finding.severity,
                corrected_text=finding.corrected_text,
                explanation_count=len(finding.explanations),
            )
        )
        rows.explanations.extend(
            (critique.id, ordinal, alternative, len(finding.explanations), text)
            for alternative, text in enumerate(finding.explanations, 1)
        )
        for mark in finding.marks:
            mark_ordinal += 1
            rows.marks.append(_mark(mark, critique, ordinal=mark_ordinal, finding=ordinal, step_length=length))
    rows.evidence.extend(
        Evidence(
            critique_id=critique.id,
            ordinal=ordinal,
            evidence_count=len(record.evidence),
            step=item.step,
            kind=item.kind,
            content=item.content,
        )
        for ordinal, item in enumerate(record.evidence, 1)
    )
    return critique


def _judgment(judgment: schema.Judgment, critique: Critique, at: Place) -> tuple[Any, ...]:
    """In the order of JUDGMENT_COLUMNS."""
    return (
        critique.id,
        at.response_id,
        at.segmentation,
        judgment.step,
        len(at.step_lengths),
        at.step_lengths[judgment.step - 1],
        at.verdict_scale,
        judgment.verdict,
        judgment.state,
        judgment.own_error,
        list(judgment.inherits_from),
        judgment.origin_unknown,
        judgment.confidence,
        judgment.reason,
        judgment.active_seconds,
        list(judgment.skills),
        judgment.steps_seen,
    )


def _mark(
    mark: schema.Span | schema.Region, critique: Critique, *, ordinal: int, finding: int, step_length: int
) -> Mark:
    row = Mark(
        critique_id=critique.id,
        ordinal=ordinal,
        mark_count=critique.mark_count,
        finding=finding,
        step_length=step_length,
        problem_id=critique.problem_id,
        kind=mark.kind,
    )
    if isinstance(mark, schema.Span):
        row.start, row.end = mark.start, mark.end
    else:
        row.image_number, row.shape = mark.image, mark.shape
        row.points = [float(part) for part in chain.from_iterable(mark.points)]  # COPY takes no mix of int and float
    return row


def insert(rows: CritiqueRows) -> None:
    """Writes the rows and moves the heads, in the caller's transaction; at commit each is checked to be whole."""
    for model, instances in rows.tables():
        if not instances:
            continue
        if model in _COLUMNS:
            copy_tuples(model, _COLUMNS[model], instances)
        else:
            copy_in(model, instances)
    move_heads(rows.critiques)


def move_heads(critiques: Iterable[Critique]) -> None:
    """The latest revision of each author's critique (sample) of a response becomes the head."""
    latest: dict[tuple[UUID, UUID, int], Critique] = {}
    for critique in critiques:
        place = (critique.response_id, critique.author_id, critique.sample)
        if place not in latest or latest[place].revision < critique.revision:
            latest[place] = critique
    if not latest:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO annotations_critiquehead (response_id, author_id, sample, critique_id)"
            " SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::smallint[], %s::uuid[])"
            " ON CONFLICT (response_id, author_id, sample) DO UPDATE SET critique_id = EXCLUDED.critique_id",
            [*map(list, zip(*latest, strict=True)), [critique.id for critique in latest.values()]],
        )


def author_for(project: Project, author: schema.Author, *, user: Any = None, run: str = "") -> UUID:
    """The key of this author's row in the project, made at the first call. Safe under concurrency."""
    digest = _identity(author, user, run)
    found = Author.objects.filter(project=project, identity_hash=digest).values_list("pk", flat=True).first()
    return found or _new_author(project, author, digest, user=user, run=run)


def _identity(author: schema.Author, user: Any, run: str) -> str:
    identity = [
        author.kind, author.name, author.method, author.engine, author.model, author.prompt_hash,
        author.settings, run, user.pk if user else None,
    ]  # fmt: skip
    if user is not None:
        identity = ["user", user.pk]  # a person keeps one author row, whatever name they take
    return hashlib.sha256(json.dumps(identity, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _new_author(project: Project, author: schema.Author, digest: str, *, user: Any, run: str) -> UUID:
    row = Author(
        project=project,
        kind=author.kind,
        name=author.name[:200],
        user=user,
        method=author.method,
        engine=author.engine,
        model=author.model,
        prompt_hash=author.prompt_hash,
        settings=author.settings,
        run=run,
        identity_hash=digest,
    )
    Author.objects.bulk_create([row], ignore_conflicts=True)
    return Author.objects.values_list("pk", flat=True).get(project=project, identity_hash=digest)


@transaction.atomic
def store_critique(
    record: schema.Critique,
    response: Response,
    *,
    user: Any = None,
    run: UUID | None = None,
    segmentation: int | None = None,
) -> Critique:
    """Stores one checked critique whole, as the next revision of its author's critique (sample) of the response.

    The caller has validated it (core.validation) and holds whatever lock makes it the only writer for this author and
    response. Raises IntegrityError where the database says no, such as a second critique of one job.
    """
    return store_whole(record, response, user=user, run=run, segmentation=segmentation)


_AUTHOR_AND_HEAD = """
SELECT a.id, c.id, coalesce(c.revision, 0) FROM annotations_author a
LEFT JOIN annotations_critiquehead h ON h.author_id = a.id AND h.response_id = %s AND h.sample = %s
LEFT JOIN annotations_critique c ON c.id = h.critique_id
WHERE a.project_id = %s AND a.identity_hash = %s
"""


def store_whole(
    record: schema.Critique,
    response: Response,
    *,
    user: Any = None,
    run: UUID | None = None,
    segmentation: int | None = None,
) -> Critique:
    """`store_critique` inside the caller's transaction, without a savepoint of its own."""
    author_run = str(run) if run else record.run
    digest = _identity(record.author, user, author_run)
    with connection.cursor() as cursor:
        cursor.execute(_AUTHOR_AND_HEAD, [response.pk, record.sample, response.project_id, digest])
        author_id, supersedes, revision = cursor.fetchone() or (None, None, 0)
    if author_id is None:
        author_id = _new_author(response.project, record.author, digest, user=user, run=author_run)
    rows = CritiqueRows()
    critique = add_rows(
        rows,
        record,
        at=place_of(response, segmentation),
        author_id=author_id,
        run=run,
        revision=revision + 1,
        supersedes_id=supersedes,
    )
    insert(rows)
    return critique


def set_reference(critique: Critique, kind: schema.ReferenceKind, *, by: Any = None) -> Reference:
    """Makes a stored critique the response's reference, as its next version. Call inside a transaction."""
    last = Reference.objects.filter(response_id=critique.response_id).values_list("version", flat=True).first()
    return Reference.objects.create(
        response_id=critique.response_id, critique=critique, kind=kind, version=(last or 0) + 1, created_by=by
    )
