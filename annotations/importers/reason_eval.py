"""ReasonEval's MR-MATH: solutions in steps with the first invalid one, counted from 1, "N/A" for none.

Source: Xia et al. 2024, repository GAIR-NLP/ReasonEval. Each step of `model_output_step_format` is a list of its lines.
A right answer may come from a wrong solution: `model_output_answer_correctness` is of the answer alone.
"""

from __future__ import annotations

from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Problem
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import chain, first_error_judgments, imported, key_of, one_of
from annotations.importers.json_records import read_by
from annotations.importers.mr_gsm8k import first_step

PEOPLE = Author(kind="person", name="MR-MATH")


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(fields.require(record, "question"), "question")
    steps = _steps(fields.require(record, "model_output_step_format"))
    key = key_of("mr-math", question)
    chain_key = key_of(key, record.get("generator") or "", "\n\n".join(steps))
    field = "model_output_solution_first_error_step"
    judgments = first_error_judgments(len(steps), first_step(fields.require(record, field), field), field=field)
    right = record.get("model_output_answer_correctness")
    correct = None if right is None else one_of(right, ("correct", "wrong"), "model_output_answer_correctness")
    critique = imported(
        f"{chain_key}#reference", PEOPLE, judgments, correct=None if correct is None else correct == "correct"
    )
    return Problem(
        key=key,
        question=question,
        reference_answer=fields.as_text(record.get("ground_truth_answer")),
        source_dataset="MR-MATH",
        superskill="Reasoning",
        skill="Math",
        responses=(
            chain(
                chain_key,
                steps,
                field="model_output_step_format",
                generator=fields.as_text(record.get("generator")) or "",
                critiques=(critique,),
                extra={"record": record},
            ),
        ),
    )


def _steps(value: Any) -> tuple[str, ...]:
    steps = []
    for index, step in enumerate(fields.listed(value, "model_output_step_format")):
        path = f"model_output_step_format.{index}"
        steps.append(step if isinstance(step, str) else "\n".join(fields.texts(step, path)))
    if not all(step.strip() for step in steps):
        raise FieldError("model_output_step_format", "text in every step", "an empty one")
    return tuple(steps)


FORMAT = ImportFormat(
    name="reason_eval",
    title="ReasonEval (MR-MATH)",
    help="JSONL of invalid errors; the first error alone is labelled.",
    suffixes=(".json", ".jsonl"),
    read=read_by(problem_of),
)
