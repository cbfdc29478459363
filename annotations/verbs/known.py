"""What a project already holds of the keys that a batch names, and what the batch itself has added so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q

from annotations.core import schema
from annotations.core.content import critique_key
from annotations.models import Critique, CritiqueHead, Image, Problem, Project, Reference, Response, RolloutSet, Step
from annotations.models.outcome_records import check_records, effect_records, rollout_records
from annotations.models.reading_records import reading_identity, reading_records
from annotations.models.records import critique_record

Head = tuple[UUID, UUID, int]  # response, author, sample


@dataclass(frozen=True, slots=True)
class KnownResponse:
    id: UUID
    problem_id: UUID
    content_hash: str
    segmentation: int


@dataclass(frozen=True, slots=True)
class KnownCritique:
    """`record` is what is stored; None for one that this batch has added."""

    id: UUID
    response_id: UUID
    author_id: UUID
    record: schema.Critique | None = None
    is_reference: bool = False
    finding_count: int = 0


@dataclass(slots=True)
class Known:
    """Dictionaries by key. What a record adds is noted, so that it can be taken back when the record turns out bad."""

    images: dict[str, UUID] = field(default_factory=dict)
    problems: dict[str, tuple[UUID, str]] = field(default_factory=dict)
    responses: dict[str, KnownResponse] = field(default_factory=dict)
    critiques: dict[str, KnownCritique] = field(default_factory=dict)
    segmentations: dict[UUID, dict[int, tuple[schema.StepRange, ...]]] = field(default_factory=dict)
    heads: dict[Head, tuple[UUID, int]] = field(default_factory=dict)
    references: dict[UUID, int] = field(default_factory=dict)
    effects: dict[UUID, schema.Effect] = field(default_factory=dict)  # by response
    rollout_sets: dict[str, tuple[UUID, schema.RolloutSet]] = field(default_factory=dict)
    checks: dict[tuple[UUID, schema.FindingCheck], bool] = field(default_factory=dict)  # by response and content
    readings: dict[tuple[Any, ...], bool] = field(default_factory=dict)  # by `reading_identity`
    _undo: list[tuple[dict[Any, Any], Any, Any]] = field(default_factory=list)

    def put(self, known: dict[Any, Any], key: Any, value: Any) -> None:
        self._undo.append((known, key, known.get(key)))
        known[key] = value

    def keep(self) -> None:
        self._undo.clear()

    def take_back(self) -> None:
        for known, key, before in reversed(self._undo):
            if before is None:
                del known[key]
            else:
                known[key] = before
        self._undo.clear()


def load(project: Project, problems: Sequence[schema.Problem], image_hashes: Iterable[str]) -> Known:
    """Everything of the project that these records may meet, in a fixed number of queries."""
    responses = [response for problem in problems for response in problem.responses]
    critique_keys = {critique_key(critique, response.key) for response in responses for critique in response.critiques}
    known = Known()
    known.images.update(Image.objects.filter(project=project, sha256__in=set(image_hashes)).values_list("sha256", "id"))
    for key, id, content_hash in Problem.objects.filter(
        project=project, key__in={problem.key for problem in problems}
    ).values_list("key", "id", "content_hash"):
        known.problems[key] = (id, content_hash)
    keys = {response.key for response in responses} | {response.revises for response in responses if response.revises}
    keys |= {response.effect.root for response in responses if response.effect and response.effect.root}
    for key, id, problem_id, content_hash, segmentation in Response.objects.filter(
        project=project, key__in=keys
    ).values_list("key", "id", "problem_id", "content_hash", "segmentation"):
        known.responses[key] = KnownResponse(id, problem_id, content_hash, segmentation)
    guides = {response.guided_by for response in responses if response.guided_by}
    for response in responses:
        guides |= {each.critique for each in response.rollout_sets if each.critique}
        guides |= {check.critique for check in response.finding_checks}
    if known.responses:
        _load_below(known, {response.id for response in known.responses.values()})
    if known.responses or guides:
        _load_critiques(known, project, critique_keys | guides)
    if any(response.effect or response.rollout_sets or response.finding_checks for response in responses):
        _load_outcomes(known, project, responses)
    if any(problem.readings for problem in problems):
        held = {response.id for response in known.responses.values()}
        for readings in reading_records(held).values():
            known.readings.update(dict.fromkeys(map(reading_identity, readings), True))
    return known


def _load_outcomes(known: Known, project: Project, responses: Sequence[schema.Response]) -> None:
    held = {response.id for response in known.responses.values()}
    known.effects.update(effect_records(held))
    for response, checks in check_records(held).items():
        known.checks.update(dict.fromkeys(((response, check) for check in checks), True))
    keys = {each.key for response in responses for each in response.rollout_sets}
    rows = dict(RolloutSet.objects.filter(project=project, key__in=keys).values_list("key", "id"))
    owners = RolloutSet.objects.filter(project=project, key__in=keys).values_list("response_id", flat=True)
    for sets in rollout_records(set(owners)).values():
        known.rollout_sets.update({each.key: (rows[each.key], each) for each in sets if each.key in rows})


def _load_below(known: Known, responses: set[UUID]) -> None:
    steps = Step.objects.filter(response__in=responses).order_by("response", "segmentation", "number")
    for response_id, segmentation, start, end in steps.values_list("response_id", "segmentation", "start", "end"):
        cuts = known.segmentations.setdefault(response_id, {})
        cuts[segmentation] = (*cuts.get(segmentation, ()), schema.StepRange(start=start, end=end))
    heads = CritiqueHead.objects.filter(response__in=responses)
    for response_id, author_id, sample, critique_id, revision in heads.values_list(
        "response_id", "author_id", "sample", "critique_id", "critique__revision"
    ):
        known.heads[response_id, author_id, sample] = (critique_id, revision)
    for response_id, version in Reference.objects.filter(response__in=responses).values_list("response_id", "version"):
        known.references[response_id] = max(version, known.references.get(response_id, 0))


def _load_critiques(known: Known, project: Project, keys: set[str]) -> None:
    """By key, or, for those that a person wrote here and that have none, by the id under which they were exported."""
    ids = {id for key in keys if (id := _as_id(key))}
    held = {response.id for response in known.responses.values()}
    found = Critique.objects.filter(Q(key__in=keys) | Q(pk__in=ids), project=project)
    for critique in found.filter(response__in=held).whole().prefetch_related("references"):
        known.critiques[critique.key or str(critique.pk)] = KnownCritique(
            critique.pk,
            critique.response_id,
            critique.author_id,
            critique_record(critique),
            bool(critique.references.all()),
            critique.finding_count,
        )
    for critique in found.exclude(response__in=held).only("id", "key", "response_id", "author_id", "finding_count"):
        known.critiques[critique.key or str(critique.pk)] = KnownCritique(
            critique.pk, critique.response_id, critique.author_id, finding_count=critique.finding_count
        )


def _as_id(key: str) -> UUID | None:
    try:
        return UUID(key) if len(key) == 36 else None
    except ValueError:
        return None
