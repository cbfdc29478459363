"""RLHF-V: a model's answer about an image, and the same answer with its hallucinations corrected by a person.

Source: Yu et al. 2024. Parquet (or the same rows as JSONL): `text` is the JSON text of question, chosen (corrected) and
rejected (the model's). The corrected segments are not marked; they are what differs, word by word, so the marks are
derived: a sentence whose words were taken out or exchanged is incorrect, the others are correct, since the person
corrected whatever was false. The corrected answer is a response that revises the first, guided by that critique.
RLAIF-V's rows, with the three as columns, are read the same way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Critique, Finding, Image, Judgment, Problem, Response, Span
from annotations.core.steps import SEGMENTATION_RULE, split_steps
from annotations.core.storable import unstorable_text
from annotations.core.word_diff import word_diff
from annotations.importers import fields
from annotations.importers.base import ImportFormat, Located, Outcome, RecordError, Source
from annotations.importers.chains import imported, key_of
from annotations.importers.json_records import json_records
from annotations.importers.parquet_rows import is_parquet, parquet_rows

PEOPLE = Author(kind="person", name="RLHF-V annotator")


def read(source: Source) -> Iterator[Outcome]:
    for found in parquet_rows(source.file) if is_parquet(source.file) else json_records(source.file):
        try:
            if found.record is None:
                raise found.error or FieldError("", "a row", "none")
            problem = problem_of(found.record)
        except FieldError as error:
            yield RecordError.of(found.number, error)
            continue
        errors = list(unstorable_text(problem.question)) or [
            error for response in problem.responses for error in unstorable_text(response.source_text)
        ]
        yield from (RecordError.of(found.number, error) for error in errors)
        if not errors:
            yield Located(found.number, found.end, problem)


def problem_of(record: dict[str, Any]) -> Problem:
    said = _said(record)
    question, chosen, rejected = (fields.text(fields.require(said, n), n) for n in ("question", "chosen", "rejected"))
    place = record.get("idx")
    key = key_of("rlhf-v", record.get("ds_name") or "", question if place is None else place, rejected)
    critique = _critique(f"{key}#correction", rejected, chosen)
    origin = _json(record.get("origin_split"))
    model = fields.as_text(origin.get("model")) if isinstance(origin, dict) else None
    first = Response(
        key=key,
        source_text=rejected,
        steps=split_steps(rejected),
        segmentation=SEGMENTATION_RULE,
        generator=model or "",
        critiques=(critique,),
    )
    second = Response(
        key=f"{key}/corrected", source_text=chosen, generator=PEOPLE.name, revises=key, guided_by=critique.key
    )
    kept = {name: value for name, value in record.items() if name not in ("image", "text", *said)}
    return Problem(
        key=key,
        question=question,
        images=_images(record.get("image")),
        source_dataset=fields.as_text(record.get("origin_dataset")) or "RLHF-V",
        superskill="Perception",
        skill="Hallucination",
        responses=(first, second),
        extra={"record": kept},
    )


def _said(record: dict[str, Any]) -> dict[str, Any]:
    if "text" not in record:
        return {name: record[name] for name in ("question", "chosen", "rejected") if name in record}
    return fields.mapping(_json(fields.text(record["text"], "text")), "text")


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _images(value: Any) -> tuple[Image, ...]:
    if value is None:
        return ()
    held = fields.mapping(value, "image") if not isinstance(value, str) else {"path": value}
    content = held.get("bytes")
    return (Image(base64=content or "", path="" if content else fields.text(held.get("path"), "image.path")),)


def _critique(key: str, before: str, after: str) -> Critique:
    taken_out, position = [], 0
    for segment in word_diff(before, after):
        if segment.change == "insert":
            continue
        if segment.change == "delete":
            taken_out.append((position, position + len(segment.text)))
        position += len(segment.text)
    judgments = []
    for number, step in enumerate(split_steps(before), 1):
        marks = tuple(
            Span(start=max(start, step.start) - step.start, end=min(end, step.end) - step.start)
            for start, end in taken_out
            if start < step.end and step.start < end
        )
        judgments.append(
            Judgment(step=number, verdict="incorrect", own_error=True, findings=(Finding(marks=marks),))
            if marks
            else Judgment(step=number, verdict="correct")
        )
    return imported(key, PEOPLE, judgments, reference=None)


FORMAT = ImportFormat(
    name="rlhf_v",
    title="RLHF-V, RLAIF-V",
    help="Parquet with the images inside, or the same rows as JSONL; marks are derived from the correction.",
    suffixes=(".parquet", ".jsonl"),
    read=read,
    image_field="image",
)
