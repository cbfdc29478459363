"""MR-GSM8K: solutions with a person's first wrong step and reason, and a model's graded critique of the same solution.

Source: Zeng et al. 2023, repository dvlab-research/MR-GSM8K. Steps count from 1, "N/A" for none. A model's critique
lies under `MODEL_eval_output`; whether its reason was accepted (`error_reason_correctness`) is kept with it.
"""

from __future__ import annotations

import re
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Critique, Problem
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import (
    chain,
    explained,
    first_error_judgments,
    imported,
    key_of,
    one_of,
    unparsed,
)
from annotations.importers.json_records import read_by

PEOPLE = Author(kind="person", name="MR-GSM8K")
_OUTPUT = "_eval_output"
_NUMBER = re.compile(r"\d+")
_CALLS = {"correct": True, "wrong": False, "incorrect": False}


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(fields.require(record, "question"), "question")
    steps = fields.texts(fields.require(record, "model_output_steps"), "model_output_steps")
    key = key_of("mr-gsm8k", record.get("uuid") or question)
    chain_key = key_of(key, "\n\n".join(steps))
    field = "model_output_solution_first_error_step"
    first = first_step(record.get(field), field)
    why = explained(record.get("model_output_solution_first_error_reason")) if first else ()
    judgments = first_error_judgments(len(steps), first, field=field, findings=why)
    critiques = [imported(f"{chain_key}#reference", PEOPLE, judgments, correct=_answer_is_right(record))]
    outputs = sorted(name for name in record if name.endswith(_OUTPUT))
    critiques += [_model_critique(record, name, chain_key, len(steps)) for name in outputs]
    return Problem(
        key=key,
        question=question,
        reference_answer=fields.as_text(record.get("ground_truth_answer")),
        source_dataset="MR-GSM8K",
        superskill="Reasoning",
        skill=fields.as_text(record.get("question_type")) or "",
        licence="MIT",
        responses=(
            chain(
                chain_key,
                steps,
                field="model_output_steps",
                critiques=tuple(critiques),
                extra={"record": {name: value for name, value in record.items() if name not in outputs}},
            ),
        ),
    )


def first_step(value: Any, field: str) -> int | None:
    """A number from 1, or its text ("4", "Step 4"); null and "N/A" are none. Raises FieldError for anything else."""
    if value is None or (isinstance(value, str) and value.strip().upper() == "N/A"):
        return None
    found = _NUMBER.search(str(value)) if isinstance(value, (int, str)) and not isinstance(value, bool) else None
    if found is None:
        raise FieldError(field, "a step from 1, null or N/A", repr(value)[:80])
    return int(found[0])


def called_correct(value: Any) -> bool | None:
    """A model's verdict as it comes: any case, Markdown's stars around it; None for other words."""
    return _CALLS.get(str(value).strip().strip("*").strip().lower())


def _answer_is_right(record: dict[str, Any]) -> bool | None:
    value = record.get("model_output_answer_correctness")
    if value is None:
        return None
    return bool(one_of(value, ("correct", "wrong"), "model_output_answer_correctness") == "correct")


def _model_critique(record: dict[str, Any], name: str, chain_key: str, steps: int) -> Critique:
    said = fields.mapping(record[name], name)
    model = name.removesuffix(_OUTPUT)
    called = called_correct(said.get("correctness_pred"))
    judgments = unparsed(steps)
    if called is not None:
        try:
            first = None if called else first_step(said.get("error_step_pred"), f"{name}.error_step_pred")
        except FieldError:
            first = None
        if called or (first is not None and first <= steps):
            why = explained(said.get("error_reason")) if first else ()
            judgments = first_error_judgments(steps, first, field=f"{name}.error_step_pred", findings=why)
    accepted = record.get("error_reason_correctness")
    return imported(
        f"{chain_key}#{model}",
        Author(kind="critic", name=model, method="mr-gsm8k", model=model),
        judgments,
        reference=None,
        raw_output=fields.as_text(said.get("response")) or "",
        extra={"error_reason_correctness": accepted} if accepted is not None else {},
    )


FORMAT = ImportFormat(
    name="mr_gsm8k",
    title="MR-GSM8K",
    help="JSON or JSONL, also an evaluation with a model's critiques; the first error alone is labelled.",
    suffixes=(".json", ".jsonl"),
    read=read_by(problem_of),
)
