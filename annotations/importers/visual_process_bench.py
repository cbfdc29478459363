"""VisualProcessBench: chains about images, every step labelled 1, 0 or -1 by people.

Source: Wang et al. 2025 (VisualPRM). 1 correct, 0 neutral, -1 incorrect. Images are named by path beside the file.
"""

from __future__ import annotations

from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Image, Problem
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import chain, imported, key_of, rated
from annotations.importers.json_records import read_by

PEOPLE = Author(kind="person", name="VisualProcessBench")


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(fields.require(record, "question"), "question")
    response = fields.mapping(fields.require(record, "response"), "response")
    steps = fields.texts(fields.require(response, "steps", "response."), "response.steps")
    ratings = fields.listed(
        fields.require(response, "process_correctness", "response."), "response.process_correctness"
    )
    if len(ratings) != len(steps):
        found = f"{len(ratings)} ratings"
        raise FieldError("response.process_correctness", f"one rating for each of the {len(steps)} steps", found)
    image = record.get("image") or []
    paths = (image,) if isinstance(image, str) else fields.texts(image, "image")
    key = key_of("visual-process-bench", *paths[:1], question)
    model = fields.as_text(record.get("policy_model")) or ""
    chain_key = key_of(key, model, "\n\n".join(steps))
    judgments = [
        rated(number, rating, field=f"response.process_correctness.{number - 1}")
        for number, rating in enumerate(ratings, 1)
    ]
    return Problem(
        key=key,
        question=question,
        images=tuple(Image(path=path) for path in paths),
        reference_answer=fields.as_text(record.get("answer")),
        source_dataset=fields.as_text(record.get("data_source")) or "VisualProcessBench",
        licence="MIT",
        responses=(
            chain(
                chain_key,
                steps,
                field="response.steps",
                generator=model,
                critiques=(imported(f"{chain_key}#reference", PEOPLE, judgments),),
                extra={"record": {name: value for name, value in record.items() if name != "image"}},
            ),
        ),
    )


FORMAT = ImportFormat(
    name="visual_process_bench",
    title="VisualProcessBench",
    help="JSONL with images by path (from the shell); every step is labelled, three-way.",
    suffixes=(".jsonl", ".json"),
    read=read_by(problem_of),
    image_field="image",
)
