"""ProcessBench: the first wrong step of 3,400 solutions, counted from 0, -1 for none.

Source: Zheng et al. 2024. `label` -1 says that every step is right; `final_answer_correct` is of the answer. An
evaluation's row (`generated_critique`, `prediction`) brings the model's own critique along.
"""

from __future__ import annotations

from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Critique, Problem
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import chain, first_error_judgments, imported, key_of, unparsed
from annotations.importers.json_records import read_by

PEOPLE = Author(kind="person", name="ProcessBench")
CRITIC = Author(kind="critic", name="ProcessBench evaluation", method="processbench")


def problem_of(record: dict[str, Any]) -> Problem:
    key = key_of("processbench", fields.text(fields.require(record, "id"), "id"))
    steps = fields.texts(fields.require(record, "steps"), "steps")
    correct = fields.verdict_flag(record.get("final_answer_correct"), "final_answer_correct")
    first = _place(fields.require(record, "label"), "label")
    judgments = first_error_judgments(len(steps), first, field="label")
    critiques = [imported(f"{key}#reference", PEOPLE, judgments, correct=correct)]
    if "prediction" in record:
        critiques.append(_predicted(record, key, len(steps)))
    generator = fields.as_text(record.get("generator")) or ""
    return Problem(
        key=key,
        question=fields.text(fields.require(record, "problem"), "problem"),
        source_dataset="ProcessBench",
        superskill="Reasoning",
        skill=key.removeprefix("processbench/").rpartition("-")[0],
        licence="Apache-2.0",
        responses=(
            chain(
                key,
                steps,
                field="steps",
                generator=generator,
                critiques=tuple(critiques),
                extra={"record": record},
            ),
        ),
    )


def _place(value: Any, field: str) -> int | None:
    if type(value) is not int or value < -1:
        raise FieldError(field, "a place from 0, or -1", repr(value)[:80])
    return None if value == -1 else value + 1


def _predicted(record: dict[str, Any], key: str, steps: int) -> Critique:
    """A prediction that is null did not parse: every step is then `unparsed`."""
    prediction, words = record["prediction"], fields.as_text(record.get("generated_critique")) or ""
    if prediction is None:
        judgments = unparsed(steps)
    else:
        judgments = first_error_judgments(steps, _place(prediction, "prediction"), field="prediction")
    return imported(f"{key}#prediction", CRITIC, judgments, reference=None, raw_output=words)


FORMAT = ImportFormat(
    name="processbench",
    title="ProcessBench",
    help="JSON or JSONL, also with an evaluation's predictions; the first error alone is labelled.",
    suffixes=(".json", ".jsonl"),
    read=read_by(problem_of),
)
