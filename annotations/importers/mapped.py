"""A foreign record and a mapping make a problem with its response and critiques.

Whatever the mapping gives no place is kept: columns under `extra` of the response, each annotation whole under `extra`
of its critique. What came in otherwise than it was, or not at all, is told in notes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Names
from dataclasses import replace
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Critique, Image, Problem, Response, StepRange
from annotations.core.splitters import SPLITTERS
from annotations.core.steps import GIVEN_STEPS, join_steps
from annotations.core.storable import unstorable_text
from annotations.importers import fields
from annotations.importers.base import Located, Note, Outcome, RecordError, Source
from annotations.importers.cells import images_of, listed, texts_of
from annotations.importers.foreign import Annotation, Foreign, ForeignRecord, Said
from annotations.importers.mapping import Mapping
from annotations.importers.said import Reading

NO_CHAIN = Note("dropped", "annotation of a record without a chain")
_PROBLEM_TEXTS = ("source_dataset", "superskill", "skill", "licence")
_RESPONSE_TEXTS = ("generator", "checkpoint")
_NOT_ON_RESPONSE = {
    "question", "image", "description", "options", "reference_answer", "tags", "problem_key", *_PROBLEM_TEXTS,
}  # fmt: skip


def read_mapped(tool: str, foreign: Callable[[Source], Iterator[Foreign]]) -> Callable[[Source], Iterator[Outcome]]:
    """An importer's `read` from the records of a tool, by the source's mapping."""

    def read(source: Source) -> Iterator[Outcome]:
        mapping: Mapping = source.mapping
        for found in foreign(source):
            if isinstance(found, RecordError):
                yield found
                continue
            try:
                problem, notes = problem_of(
                    found, mapping, tool=tool, people=source.people, has_files=source.beside is not None
                )
            except FieldError as error:
                yield RecordError.of(found.number, error)
                continue
            errors = list(unstorable_text(found.record))
            yield from (RecordError.of(found.number, error) for error in errors)
            if not errors:
                yield Located(found.number, found.end, problem, notes)

    return read


def problem_of(
    record: ForeignRecord, mapping: Mapping, *, tool: str, people: Names[str, str], has_files: bool
) -> tuple[Problem, tuple[Note, ...]]:
    """Raises FieldError, naming the column. has_files: images named by path can be read."""
    notes = list(record.notes)
    images = _images(record, mapping, notes, has_files=has_files)
    response, more = _responses(record, mapping, notes, tool=tool, people=people, images=len(images))
    roles = mapping.columns
    unnamed = {name: value for name, value in record.fields.items() if roles.get(name, "extra") == "extra"}
    kept = {**record.kept, **({} if response else {"fields": unnamed} if unnamed else {})}
    if not response and record.annotations:
        notes += [NO_CHAIN] * len(record.annotations)
        kept["annotations"] = [annotation.extra for annotation in record.annotations]
    question = _text(record, mapping, "question")
    problem = Problem(
        key=_problem_key(record, mapping, images),
        question=question or "",
        images=images,
        reference_answer=_text(record, mapping, "reference_answer"),
        options=tuple(texts_of(_value(record, mapping, "options"), mapping.column("options") or "options")),
        tags=tuple(
            text
            for name, role in mapping.columns.items()
            if role == "tags"
            for text in texts_of(record.fields.get(name), name)
        ),
        responses=tuple(each for each in (response, *more) if each),
        extra={tool: kept} if kept else {},
        **{name: _text(record, mapping, name) or getattr(mapping, name, "") for name in _PROBLEM_TEXTS},  # type: ignore[arg-type]
    )
    return problem, tuple(notes)


def _problem_key(record: ForeignRecord, mapping: Mapping, images: tuple[Image, ...]) -> str:
    """Its own, else the record's; of rows of a table that share a question, that question's."""
    own = _text(record, mapping, "problem_key") or _text(record, mapping, "key")
    if own or record.key:
        return own or record.key
    asked = json.dumps(
        [_text(record, mapping, "question"), [image.sha256 or image.path or image.base64 for image in images]]
    )
    return f"question/{hashlib.sha256(asked.encode()).hexdigest()[:24]}"


def _responses(
    record: ForeignRecord, mapping: Mapping, notes: list[Note], *, tool: str, people: Names[str, str], images: int
) -> tuple[Response | None, tuple[Response, ...]]:
    """The chain with its critiques, and what people wrote in its place."""
    cut = _chain(record, mapping)
    if cut is None:
        return None, ()
    text, steps, segmentation = cut
    extra = {
        name: value
        for name, value in record.fields.items()
        if mapping.columns.get(name, "extra") == "extra" and mapping.columns.get(name) not in _NOT_ON_RESPONSE
    }
    texts: dict[str, Any] = {name: _text(record, mapping, name) or "" for name in _RESPONSE_TEXTS}
    key = _text(record, mapping, "key") or record.key or _chain_key(text, texts)
    critiques, corrections = [], []
    revisions: Counter[Any] = Counter()
    annotations = [*record.annotations, *_of_columns(record, mapping, len(steps))]
    for annotation in annotations:
        author = _author(annotation, mapping, tool, people)
        identity = (author.kind, author.name)
        reading = Reading(mapping, text, steps, images=images, columns=record.fields)
        judgments = reading.judgments(annotation)
        notes += reading.notes
        critiques.append(
            Critique(
                key=annotation.key or f"{key}#{tool}",
                author=author,
                answer=reading.answer,
                judgments=judgments,
                comment="\n\n".join([*([annotation.comment] if annotation.comment else []), *reading.comments]),
                confidence=annotation.confidence if reading.confidence is None else reading.confidence,
                stage="imported",
                revision=revisions[identity] + 1,
                submitted_at=annotation.submitted_at,
                active_seconds=annotation.seconds,
                reference=annotation.reference,
                extra={tool: annotation.extra} if annotation.extra is not None else {},
            )
        )
        revisions[identity] += 1
        corrections += [
            Response(
                key=f"{critiques[-1].key}/corrected/{number}",
                source_text=corrected,
                generator=author.name,
                revises=key,
                guided_by=critiques[-1].key,
            )
            for number, corrected in enumerate(reading.corrections, 1)
        ]
    response = Response(
        key=key,
        source_text=text,
        steps=steps,
        segmentation=segmentation,
        answer=_text(record, mapping, "answer"),
        critiques=tuple(critiques),
        extra={tool: extra} if extra else {},
        **texts,
    )
    return response, tuple(corrections)


def _chain(record: ForeignRecord, mapping: Mapping) -> tuple[str, tuple[StepRange, ...], str] | None:
    """Source text, steps, and by which rule they were cut; None where the record has no chain."""
    if column := mapping.column("steps"):
        steps = [fields.text(step, f"{column}.{index}") for index, step in enumerate(listed(record.fields, column))]
        if not steps:
            return None
        text, ranges = join_steps(steps)
        return text, ranges, GIVEN_STEPS
    column = mapping.column("chain") or ""
    value = record.fields.get(column)
    if value is None or value == "":
        return None
    text = fields.text(value, column)
    ranges = SPLITTERS[mapping.splitter](text)
    if not ranges:
        raise FieldError(column, "a chain with at least one step", "white space only")
    return text, ranges, mapping.splitter


def _chain_key(text: str, texts: dict[str, str]) -> str:
    said = json.dumps([text, texts], ensure_ascii=False)
    return f"chain/{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"


def _author(annotation: Annotation, mapping: Mapping, tool: str, people: Names[str, str]) -> Author:
    if annotation.critic:
        return Author(kind="critic", name=annotation.critic, method=tool, model=annotation.critic)
    if annotation.person in people:
        return Author(kind="person", name=people[annotation.person])
    if annotation.person:
        return Author(kind="person", name=placeholder(tool, annotation.person))
    return Author(kind="person", name=mapping.default_author or f"{tool} annotator")


def placeholder(tool: str, person: str) -> str:
    """Who has no account here: told apart from the names of accounts by the tool's."""
    return f"{tool}: {person}"[:200]


def _of_columns(record: ForeignRecord, mapping: Mapping, steps: int) -> Iterator[Annotation]:
    """What a table says of a chain in columns of its own: one annotation, if it says anything."""
    said: list[Said] = []
    if (column := mapping.column("step_verdicts")) and record.fields.get(column) is not None:
        verdicts = listed(record.fields, column)
        if len(verdicts) != steps:
            raise FieldError(column, f"one label for each of the {steps} steps", f"{len(verdicts)}")
        said += [
            Said(control=column, kind="labels", values=(str_of(value),), group=f"step {step}", step=step)
            for step, value in enumerate(verdicts, 1)
            if value is not None
        ]
    if (column := mapping.column("step_explanations")) and record.fields.get(column) is not None:
        explanations = listed(record.fields, column)
        if len(explanations) > steps:
            raise FieldError(column, f"an explanation for each of at most {steps} steps", f"{len(explanations)}")
        for step, value in enumerate(explanations, 1):
            texts = tuple(text for text in texts_of(value, column) if text.strip())
            if texts:
                said.append(Said(control=column, kind="text", values=texts, group=f"step {step}", step=step))
    for role in ("answer_verdict", "comment"):
        if (column := mapping.column(role)) and record.fields.get(column) not in (None, ""):
            value = str_of(record.fields[column])
            said.append(Said(control=column, kind="labels" if role == "answer_verdict" else "text", values=(value,)))
    if said:
        yield Annotation(key="", person=_text(record, mapping, "person") or "", said=tuple(said))


def str_of(value: Any) -> str:
    """How a value is named in a mapping: text as it is, everything else as JSON (true, 1, 0.5)."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return fields.as_text(value) or "null"


def _value(record: ForeignRecord, mapping: Mapping, role: Any) -> Any:
    column = mapping.column(role)
    return record.fields.get(column) if column else None


def _text(record: ForeignRecord, mapping: Mapping, role: Any) -> str | None:
    value = _value(record, mapping, role)
    return None if value is None else str_of(value)


def _images(record: ForeignRecord, mapping: Mapping, notes: list[Note], *, has_files: bool) -> tuple[Image, ...]:
    description = _text(record, mapping, "description") or ""
    found: list[Image] = []
    for name, role in mapping.columns.items():
        if role == "image":
            for image in images_of(record.fields.get(name), name):
                if isinstance(image, Note):
                    notes.append(image)
                elif image.path and not has_files:
                    notes.append(Note("dropped", "image by path: bring a zip or a folder that holds it"))
                else:
                    found.append(replace(image, description=description))
    return tuple(found)
