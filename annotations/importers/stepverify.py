"""Stepwise Verification: a student's wrong solutions with a teacher's first error, its category and description.

Source: Daheim et al. 2024, repository eth-lre/verify-then-generate, `dataset.json`. `incorrect_index` counts from 0.
The categories keep their own words, as explanations where there is no description: the project's taxonomy need not
know them.
"""

from __future__ import annotations

import json
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Problem
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import chain, explained, first_error_judgments, imported, key_of
from annotations.importers.json_records import read_by

TEACHER = Author(kind="person", name="Stepwise Verification teacher")


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(fields.require(record, "problem"), "problem")
    steps = fields.texts(fields.require(record, "student_incorrect_solution"), "student_incorrect_solution")
    place = fields.require(record, "incorrect_index")
    if place is not None and type(place) is not int:
        raise FieldError("incorrect_index", "a place from 0, or null", repr(place)[:80])
    category, description = record.get("error_category"), record.get("error_description")
    why = ": ".join(part.strip() for part in (category, description) if isinstance(part, str) and part.strip())
    judgments = first_error_judgments(
        len(steps), None if place is None else place + 1, field="incorrect_index", findings=explained(why)
    )
    key = key_of("stepverify", question)
    # The same solution may stand twice, in two dialogues with their own annotation.
    chain_key = key_of(key, json.dumps(record, sort_keys=True) + "\n")
    solution = fields.as_text(record.get("reference_solution")) or ""
    critique = imported(f"{chain_key}#teacher", TEACHER, judgments)
    return Problem(
        key=key,
        question=question,
        reference_answer=solution.rstrip().rpartition("\n")[2].strip() or None,
        source_dataset="Stepwise Verification",
        superskill="Reasoning",
        skill=fields.as_text(record.get("topic")) or "",
        licence="CC-BY-SA-4.0",
        responses=(
            chain(
                chain_key,
                steps,
                field="student_incorrect_solution",
                answer=steps[-1].strip() if steps else None,
                generator="student",
                critiques=(critique,),
                extra={"record": record},
            ),
        ),
        extra={"reference_solution": solution},
    )


FORMAT = ImportFormat(
    name="stepverify",
    title="Stepwise Verification",
    help="JSON or JSONL; a teacher's first error with its category, later steps stay unlabelled.",
    suffixes=(".json", ".jsonl"),
    read=read_by(problem_of),
)
