"""One record of an import as rows: checked, compared with what is known, and nothing written yet but image files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models

from annotations.core import content, schema
from annotations.core.codec import FieldError
from annotations.core.ids import new_id
from annotations.core.images import ImageError, check_image
from annotations.core.steps import SEGMENTATION_RULE, split_steps
from annotations.core.validation import check_critique, check_response
from annotations.importers.base import Note
from annotations.models import Author, Image, Problem, ProblemImage, Reference, Response, Segmentation, Slot, Step
from annotations.models import Critique as CritiqueRow
from annotations.verbs import store
from annotations.verbs.known import KnownCritique, KnownResponse
from annotations.verbs.outcome_rows import OutcomeRows, add_outcomes
from annotations.verbs.reading_rows import ReadingRows, add_readings

if TYPE_CHECKING:
    from annotations.verbs.landing import Landing

STEP_COLUMNS = ("response_id", "segmentation", "number", "step_count", "start", "end", "length")
SLOT_COLUMNS = ("response_id", "number", "project_id", "position", "state")
COUNTED = ("problems", "responses", "critiques", "images")


@dataclass(frozen=True, slots=True)
class ArrivedImage:
    """`content` is None where the record gave a hash alone; `field` is where it stood in the record."""

    sha256: str
    content: bytes | None
    field: str


@dataclass(frozen=True, slots=True)
class Arrival:
    line: int
    record: schema.Problem
    images: tuple[ArrivedImage, ...]
    notes: tuple[Note, ...] = ()


@dataclass(slots=True)
class Rows:
    """Rows that wait to be copied."""

    images: list[Image] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_images: list[ProblemImage] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    segmentations: list[Segmentation] = field(default_factory=list)
    steps: list[tuple[Any, ...]] = field(default_factory=list)
    slots: list[tuple[Any, ...]] = field(default_factory=list)
    critiques: store.CritiqueRows = field(default_factory=store.CritiqueRows)
    references: list[Reference] = field(default_factory=list)
    outcomes: OutcomeRows = field(default_factory=OutcomeRows)
    readings: ReadingRows = field(default_factory=ReadingRows)

    def tables(self) -> list[tuple[type[models.Model], list[Any]]]:
        """Those that go in before the critiques, parents first."""
        return [
            (Image, self.images),
            (Problem, self.problems),
            (ProblemImage, self.problem_images),
            (Response, self.responses),
            (Segmentation, self.segmentations),
        ]

    def extend(self, other: Rows) -> None:
        mine = [
            *self.tables(),
            *self.critiques.tables(),
            (Step, self.steps),
            (Slot, self.slots),
            (Reference, self.references),
            *self.outcomes.tables(),
            *self.readings.tables(),
        ]
        theirs = [
            *other.tables(),
            *other.critiques.tables(),
            (Step, other.steps),
            (Slot, other.slots),
            (Reference, other.references),
            *other.outcomes.tables(),
            *other.readings.tables(),
        ]
        for (_, rows), (_, more) in zip(mine, theirs, strict=True):
            rows.extend(more)


@dataclass(slots=True)
class Counts:
    """How many of each kind were added, and how many were there already."""

    added: Counter[str] = field(default_factory=Counter)
    already_there: Counter[str] = field(default_factory=Counter)

    def extend(self, other: Counts) -> None:
        self.added.update(other.added)
        self.already_there.update(other.already_there)


class RecordRows:
    """`build` returns every error of the record; without one, `rows` and `counts` are what it adds."""

    def __init__(self, landing: Landing, arrival: Arrival) -> None:
        self.landing, self.known, self.arrival = landing, landing.known, arrival
        self.project = landing.project
        self.rows, self.counts = Rows(), Counts()

    def build(self) -> list[FieldError]:
        record = self.arrival.record
        try:
            problem_id = self._problem(record)
            # All responses first: a correction may stand before what it revises, and before what guides it.
            placed = [
                (f"responses.{index}", response, self._response(response, f"responses.{index}", problem_id))
                for index, response in enumerate(record.responses)
            ]
            for path, response, place in placed:
                for index, critique in enumerate(response.critiques):
                    self._critique(critique, response, place, f"{path}.critiques.{index}")
            for path, response, place in placed:
                self._link(response, place, path)
            for path, response, place in placed:
                _refuse(add_outcomes(self.rows.outcomes, self.landing, response, place, path))
            _refuse(add_readings(self.rows.readings, self.landing, record))
        except _Bad as bad:
            return bad.errors
        return []

    # --- The problem and its images -----------------------------------------------------------------------------------

    def _problem(self, record: schema.Problem) -> UUID:
        _refuse(_too_long(record, Problem, ""))
        for index, tag in enumerate(record.tags):
            _refuse(_too_long_text(tag, 100, f"tags.{index}"))
        content_hash = content.problem_hash(record, [image.sha256 for image in self.arrival.images])
        held = self.known.problems.get(record.key)
        if held:
            _refuse_other_content("key", record.key, "problem", same=held[1] == content_hash)
            self.counts.already_there["problems"] += 1
            self.counts.already_there["images"] += len(record.images)
            return held[0]
        problem = Problem(
            id=new_id(),
            project_id=self.project.pk,
            key=record.key,
            question=record.question,
            reference_answer=record.reference_answer,
            options=list(record.options),
            source_dataset=record.source_dataset,
            superskill=record.superskill,
            skill=record.skill,
            licence=record.licence,
            tags=list(record.tags),
            extra=record.extra,
            content_hash=content_hash,
            position=self.landing.problem_position,
        )
        self.landing.problem_position += 1
        for number, (image, arrived) in enumerate(zip(record.images, self.arrival.images, strict=True), 1):
            _refuse(_too_long_text(image.path, 300, f"{arrived.field}.path"))
            self.rows.problem_images.append(
                ProblemImage(
                    problem_id=problem.id,
                    number=number,
                    image_id=self._image(arrived),
                    name=image.path,
                    description=image.description,
                )
            )
        self.rows.problems.append(problem)
        self.known.put(self.known.problems, record.key, (problem.id, content_hash))
        self.counts.added["problems"] += 1
        return problem.id

    def _image(self, arrived: ArrivedImage) -> UUID:
        held = self.known.images.get(arrived.sha256)
        if held:
            self.counts.already_there["images"] += 1
            return held
        if arrived.content is None:
            expected = "the image's bytes (base64 or a path), since this project does not hold it yet"
            raise _Bad([FieldError(f"{arrived.field}.sha256", expected, f"its hash alone ({arrived.sha256})")])
        try:
            row = self.landing.files.store(check_image(arrived.content), arrived.content)
        except ImageError as error:
            raise _Bad([FieldError(arrived.field, error.expected, error.found)]) from error
        self.rows.images.append(row)
        self.known.put(self.known.images, arrived.sha256, row.id)
        self.counts.added["images"] += 1
        return row.id

    # --- Responses ----------------------------------------------------------------------------------------------------

    def _response(self, record: schema.Response, path: str, problem_id: UUID) -> store.Place:
        _refuse(_too_long(record, Response, f"{path}."))
        content_hash = content.response_hash(record, self.arrival.record.key)
        held = self.known.responses.get(record.key)
        if held:
            same = held.content_hash == content_hash and held.problem_id == problem_id
            _refuse_other_content(f"{path}.key", record.key, "response", same=same)
            self.counts.already_there["responses"] += 1
            return self._held_place(record, held, path)
        cut = record if record.steps is not None else replace(record, steps=split_steps(record.source_text))
        _refuse(
            FieldError(f"{path}.{error.field}", error.expected, error.found)
            for error in check_response(cut, text_checked=True)
        )
        steps = cut.steps or ()
        if not steps:
            raise _Bad([FieldError(f"{path}.steps", "at least one step", "none")])
        rule = SEGMENTATION_RULE if record.steps is None else record.segmentation
        _refuse(_too_long_text(rule, 60, f"{path}.segmentation"))
        row = Response(
            id=new_id(),
            project_id=self.project.pk,
            problem_id=problem_id,
            key=record.key,
            source_text=record.source_text,
            answer=record.answer,
            generator=record.generator,
            checkpoint=record.checkpoint,
            sample=record.sample,
            extra=record.extra,
            content_hash=content_hash,
            step_count=len(steps),
            position=self.landing.response_position,
        )
        self.landing.response_position += 1
        self.rows.responses.append(row)
        self.rows.segmentations.append(
            Segmentation(response_id=row.id, number=1, rule=rule, step_count=len(steps), created_by=self.landing.by)
        )
        self.rows.steps.extend(
            (row.id, 1, number, len(steps), step.start, step.end, step.end - step.start)
            for number, step in enumerate(steps, 1)
        )
        # A correction is made to be measured, not to be critiqued, unless the project says so.
        if record.revises is None or self.project.queue_corrections:
            self.rows.slots.extend(
                (row.id, number, self.project.pk, row.position, "open")
                for number in range(1, self.project.overlap_of(row.id) + 1)
            )
        self.known.put(self.known.responses, record.key, KnownResponse(row.id, problem_id, content_hash, 1))
        self.known.put(self.known.segmentations, row.id, {1: steps})
        self.counts.added["responses"] += 1
        return self._place(row.id, problem_id, 1, steps)

    def _held_place(self, record: schema.Response, held: KnownResponse, path: str) -> store.Place:
        """Under the segmentation that has exactly the record's steps; where it gives none, the one now in force."""
        cuts = self.known.segmentations[held.id]
        number = held.segmentation
        if record.steps is not None:
            number = next((number for number, steps in cuts.items() if steps == record.steps), 0)
            if not number:
                expected = f"the steps under which the response is stored ({len(cuts[held.segmentation])} of them)"
                raise _Bad([FieldError(f"{path}.steps", expected, f"{len(record.steps)} others")])
        return self._place(held.id, held.problem_id, number, cuts[number])

    def _place(
        self, response_id: UUID, problem_id: UUID, segmentation: int, steps: tuple[schema.StepRange, ...]
    ) -> store.Place:
        return store.Place(
            project_id=self.project.pk,
            problem_id=problem_id,
            response_id=response_id,
            segmentation=segmentation,
            step_lengths=tuple(step.end - step.start for step in steps),
            verdict_scale=self.project.verdict_scale,
            taxonomy_id=self.landing.taxonomy_id,
        )

    def _link(self, record: schema.Response, place: store.Place, path: str) -> None:
        """A new correction's response and critique, by their keys."""
        row = next((row for row in self.rows.responses if row.id == place.response_id), None)
        if row is None:
            return
        where = "in this project, earlier in the file or on the same line"
        if record.revises is not None:
            revised = self.known.responses.get(record.revises)
            if revised is None or revised.id == row.id:
                raise _Bad(
                    [FieldError(f"{path}.revises", f"the key of another response {where}", repr(record.revises))]
                )
            row.revises_id = revised.id
        if record.guided_by is not None:
            guide = self.known.critiques.get(record.guided_by)
            if guide is None or record.revises is None:
                expected = f"the key of a critique {where}, beside `revises`"
                raise _Bad([FieldError(f"{path}.guided_by", expected, repr(record.guided_by))])
            row.guided_by_id = guide.id

    # --- Critiques ----------------------------------------------------------------------------------------------------

    def _critique(self, record: schema.Critique, response: schema.Response, place: store.Place, path: str) -> None:
        key = content.critique_key(record, response.key)
        held = self.known.critiques.get(key)
        if held:
            self._held_critique(record, held, place, path)
            return
        _refuse(self._critique_errors(record, response, place, path))
        author_id = self.landing.author(record)
        head = (place.response_id, author_id, record.sample)
        before = self.known.heads.get(head)
        if before and record.revision != before[1] + 1:
            expected = f"{before[1] + 1}, since revision {before[1]} by this author is there (or another sample)"
            raise _Bad([FieldError(f"{path}.revision", expected, str(record.revision))])
        row = store.add_rows(
            self.rows.critiques,
            replace(record, key=key),
            at=place,
            author_id=author_id,
            revision=record.revision,
            supersedes_id=before[0] if before else None,
        )
        self.known.put(
            self.known.critiques,
            key,
            KnownCritique(row.id, place.response_id, author_id, finding_count=row.finding_count),
        )
        self.known.put(self.known.heads, head, (row.id, record.revision))
        self.counts.added["critiques"] += 1
        if record.reference:
            self._reference(row.id, record.reference, record.reference_version, place)

    def _held_critique(self, record: schema.Critique, held: KnownCritique, place: store.Place, path: str) -> None:
        same = held.response_id == place.response_id
        if held.record is not None:
            same = same and _said(record) == _said(held.record)
        _refuse_other_content(f"{path}.key", record.key, "critique", same=same)
        self.counts.already_there["critiques"] += 1
        if record.reference and held.record is not None and not held.is_reference:
            self._reference(held.id, record.reference, record.reference_version, place)

    def _reference(self, critique_id: UUID, kind: schema.ReferenceKind, told: int | None, place: store.Place) -> None:
        """As its next version, or the one that the record tells, where that is a later one."""
        version = max(self.known.references.get(place.response_id, 0) + 1, told or 1)
        self.known.put(self.known.references, place.response_id, version)
        self.rows.references.append(
            Reference(
                response_id=place.response_id,
                version=version,
                critique_id=critique_id,
                kind=kind,
                created_by=self.landing.by,
            )
        )

    def _critique_errors(
        self, record: schema.Critique, response: schema.Response, place: store.Place, path: str
    ) -> Iterator[FieldError]:
        steps = self.known.segmentations[place.response_id][place.segmentation]
        found = check_critique(
            record,
            replace(response, steps=steps),
            scale=self.project.scale,  # type: ignore[arg-type]
            taxonomy=self.landing.taxonomy,
            images=len(self.arrival.images),
            text_checked=True,
        )
        yield from (FieldError(f"{path}.{error.field}", error.expected, error.found) for error in found)
        yield from _too_long(record, CritiqueRow, f"{path}.")
        yield from _too_long(record.author, Author, f"{path}.author.")
        yield from _too_long_text(record.run, 100, f"{path}.run")
        for name in ("started_at", "submitted_at"):
            moment = getattr(record, name)
            if moment is not None and moment.utcoffset() is None:
                yield FieldError(f"{path}.{name}", "a time with its offset, such as 2026-01-31T12:00:00Z", str(moment))


def _said(record: schema.Critique) -> schema.Critique:
    """The critique itself, whatever it is called and whether a project holds it to be right."""
    return replace(record, key="", reference=None, reference_version=None)


class _Bad(Exception):
    """The record cannot land; carries every error found so far."""

    def __init__(self, errors: list[FieldError]) -> None:
        self.errors = errors
        super().__init__(*map(str, errors))


def _refuse(errors: Iterable[FieldError]) -> None:
    found = list(errors)
    if found:
        raise _Bad(found)


def _refuse_other_content(path: str, key: str, kind: str, *, same: bool) -> None:
    if not same:
        expected = f"a key of its own, or the {kind} exactly as it was imported before"
        raise _Bad([FieldError(path, expected, f"{key!r} with other content")])


def _too_long(record: Any, model: type[models.Model], path: str) -> Iterator[FieldError]:
    for name, limit in _limits(type(record), model).items():  # type: ignore[arg-type]  # classes do hash
        value = getattr(record, name)
        if isinstance(value, str):
            yield from _too_long_text(value, limit, f"{path}{name}")


@cache
def _limits(record: type[Any], model: type[models.Model]) -> dict[str, int]:
    """Text fields that record and table have in common, and how many characters the table lets them have."""
    names = {each.name for each in fields(record)}
    columns = (column for column in model._meta.concrete_fields if column.name in names)
    return {column.name: column.max_length for column in columns if column.max_length}


def _too_long_text(value: str, limit: int, path: str) -> Iterator[FieldError]:
    if len(value) > limit:
        yield FieldError(path, f"at most {limit} characters", f"{len(value)}")
