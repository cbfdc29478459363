"""PRMBench: a right solution and the same one with errors put in, every wrong step named, counted from 1.

Source: Song et al. 2025. `error_steps` are all wrong steps of `modified_process`, so the others are correct; which of
them is an error of its own the data does not say. The original solution, where given, comes along as a second chain,
correct throughout. `classification` is the kind of error in PRMBench's own words.
"""

from __future__ import annotations

from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Judgment, Problem, Response
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import chain, explained, imported, key_of
from annotations.importers.json_records import read_by

PEOPLE = Author(kind="person", name="PRMBench")


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(
        record.get("modified_question") or record.get("question") or record.get("original_question"), "question"
    )
    key = key_of("prmbench", record.get("idx") or question)
    responses = [_modified(record, key)]
    if record.get("original_process") and record.get("original_question", question) == question:
        responses.append(_original(record, key))
    return Problem(
        key=key,
        question=question,
        reference_answer=fields.as_text(record.get("ground_truth")),
        source_dataset="PRMBench",
        superskill="Reasoning",
        skill=fields.as_text(record.get("classification")) or "",
        tags=("synthetic",),
        responses=tuple(responses),
    )


def _modified(record: dict[str, Any], key: str) -> Response:
    steps = fields.texts(fields.require(record, "modified_process"), "modified_process")
    wrong = fields.listed(fields.require(record, "error_steps"), "error_steps")
    for index, step in enumerate(wrong):
        if type(step) is not int or not 1 <= step <= len(steps):
            raise FieldError(f"error_steps.{index}", f"a step from 1 to {len(steps)}", repr(step)[:80])
    first = min(wrong, default=None)
    why = explained(record.get("reason"))
    judgments = [
        Judgment(step=number, verdict="incorrect", origin_unknown=True, findings=why if number == first else ())
        if number in wrong
        else Judgment(step=number, verdict="correct")
        for number in range(1, len(steps) + 1)
    ]
    chain_key = f"{key}/modified"
    critique = imported(f"{chain_key}#reference", PEOPLE, judgments)
    kept = {name: value for name, value in record.items() if name != "original_process"}
    return chain(chain_key, steps, field="modified_process", critiques=(critique,), extra={"record": kept})


def _original(record: dict[str, Any], key: str) -> Response:
    steps = fields.texts(record["original_process"], "original_process")
    judgments = [Judgment(step=number, verdict="correct") for number in range(1, len(steps) + 1)]
    critique = imported(f"{key}/original#reference", PEOPLE, judgments)
    return chain(f"{key}/original", steps, field="original_process", critiques=(critique,))


FORMAT = ImportFormat(
    name="prmbench",
    title="PRMBench",
    help="JSONL; every wrong step is named, the others are correct. Errors were put in on purpose: tagged synthetic.",
    suffixes=(".jsonl", ".json"),
    read=read_by(problem_of),
)
