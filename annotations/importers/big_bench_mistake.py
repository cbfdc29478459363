"""BIG-Bench Mistake: chains of five tasks with the first mistake's place, counted from 0, or null.

Source: Tyen et al. 2024, repository WHGTyen/BIG-Bench-Mistake. `answer` is right where it equals `target`.
"""

from __future__ import annotations

from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Problem
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import chain, first_error_judgments, imported, key_of
from annotations.importers.json_records import read_by

AUTHOR = Author(kind="person", name="BIG-Bench Mistake")


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(fields.require(record, "input"), "input")
    steps = fields.texts(fields.require(record, "steps"), "steps")
    target, answer = fields.as_text(record.get("target")), fields.as_text(record.get("answer"))
    key = key_of("big-bench-mistake", question)
    chain_key = key_of(key, "\n\n".join(steps))
    place = fields.require(record, "mistake_index")
    if place is not None and type(place) is not int:
        raise FieldError("mistake_index", "a place from 0, or null", repr(place)[:80])
    judgments = first_error_judgments(len(steps), None if place is None else place + 1, field="mistake_index")
    correct = None if target is None or answer is None else target.strip() == answer.strip()
    critique = imported(f"{chain_key}#reference", AUTHOR, judgments, correct=correct)
    return Problem(
        key=key,
        question=question,
        reference_answer=target,
        source_dataset="BIG-Bench Mistake",
        superskill="Reasoning",
        licence="Apache-2.0",
        responses=(
            chain(chain_key, steps, field="steps", answer=answer, critiques=(critique,), extra={"record": record}),
        ),
    )


FORMAT = ImportFormat(
    name="big_bench_mistake",
    title="BIG-Bench Mistake",
    help="JSONL of one task; the first mistake alone is labelled, later steps stay unlabelled.",
    suffixes=(".jsonl", ".json"),
    read=read_by(problem_of),
)
