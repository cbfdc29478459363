"""MATH-Vision and MathVista: questions about images, with a model's chain where the record brings one.

Sources: Wang et al. 2024 (MATH-V, `id`, `options`, `level`, `subject`), Lu et al. 2024 (MathVista, one object by `pid`,
`choices`, `metadata`). An output file of either repeats the question beside `response`: then the chain comes along,
under the name that the record gives its model.
"""

from __future__ import annotations

from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Image, Problem, Response
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import key_of
from annotations.importers.json_records import read_by


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(fields.require(record, "question"), "question")
    name, number = ("MathVista", record["pid"]) if "pid" in record else ("MATH-Vision", record.get("id"))
    if number is None:
        raise FieldError("id", "an id, or a pid (MathVista)", "neither")
    key = key_of(name.lower(), number)
    options = fields.listed(record.get("options") or record.get("choices") or [], "options")
    metadata = fields.mapping(record.get("metadata") or {}, "metadata")
    image = record.get("image")
    return Problem(
        key=key,
        question=question,
        images=(Image(path=fields.text(image, "image")),) if image else (),
        reference_answer=fields.as_text(record.get("answer")),
        options=tuple(fields.as_text(option) or "" for option in options),
        source_dataset=fields.as_text(metadata.get("source")) or name,
        superskill="Reasoning",
        skill=fields.as_text(record.get("subject")) or fields.as_text(metadata.get("task")) or "Math",
        responses=_responses(record, key),
        extra={"record": {field: value for field, value in record.items() if field not in ("question", "response")}},
    )


def _responses(record: dict[str, Any], key: str) -> tuple[Response, ...]:
    if not record.get("response"):
        return ()
    model = fields.as_text(record.get("model")) or ""
    answer = record.get("model_answer", record.get("extraction"))
    return (
        Response(
            key=key_of(key, model or "response"),
            source_text=fields.text(record["response"], "response"),
            answer=fields.as_text(answer),
            generator=model,
        ),
    )


FORMAT = ImportFormat(
    name="math_questions",
    title="MATH-Vision, MathVista",
    help="JSONL, or one JSON object by id; images by path (from the shell), chains where the records bring them.",
    suffixes=(".jsonl", ".json"),
    read=read_by(problem_of, key_field="pid"),
    image_field="image",
)
