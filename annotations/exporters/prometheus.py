"""Prometheus' shape: instruction, response, reference, a rubric of five scores; feedback and `[RESULT]` as output.

The rubric is ours and the score follows from the label, so that every score says something: 5 all is right; 4 the
answer is right, a step is not; 3 the answer is wrong, at least half of the steps are right; 2 fewer are; 1 none is.
With images the row is in LLaVA's form too (`conversations`), as Prometheus-Vision is trained.
Source: Prometheus 2 and Prometheus-Vision, fields as in their files (FORMATS.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.schema import Response
from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chain_text, images_of, question_text
from annotations.exporters.facts import words_of
from annotations.exporters.features import IMAGES, TEXT, WHOLE, Columns
from annotations.exporters.labels import LABELS, NEUTRAL, answer_label, step_labels, whole_label
from annotations.exporters.tables import Options, Skip, table_format

CRITERIA = "Is the solution right, step by step, in what it reads off the image, how it reasons, and its answer?"
RUBRIC = (
    "No step and not the answer is right.",
    "The answer is wrong, and fewer than half of the steps are right.",
    "The answer is wrong, but at least half of the steps are right.",
    "The answer is right, but a step is wrong.",
    "The answer and every step are right.",
)


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        score = _score(response, options)
        if score is None:
            skip("a chain that is not decided whole")
            continue
        label = whole_label(response, options)
        feedback = " ".join(words_of(label) if label else ()) or RUBRIC[score - 1]
        told: dict[str, Any] = {
            "orig_instruction": question_text(item.problem),
            "orig_response": chain_text(response),
            "orig_reference_answer": item.problem.reference_answer,
            "orig_criteria": CRITERIA,
            **{f"orig_score{number}_description": text for number, text in enumerate(RUBRIC, 1)},
            "orig_feedback": feedback,
            "orig_score": score,
            "output": f"Feedback: {feedback} [RESULT] {score}",
            "response": response.key,
        }
        told["instruction"] = _instruction(told)
        if options["images"] == "inside":
            places = "<image>\n" * len(item.problem.images)
            told["id"] = response.key
            told["conversations"] = [
                {"from": "human", "value": places + told["instruction"]},
                {"from": "gpt", "value": told["output"]},
            ]
            told["images"] = images_of(item)
        yield told


def _score(response: Response, options: Options) -> int | None:
    answer, steps = answer_label(response, options), step_labels(response, options)
    if answer is None or not steps or None in steps:
        return None
    share = sum(bool(label) for label in steps) / len(steps)
    if answer:
        return 5 if share == 1 else 4
    return 3 if share >= 0.5 else 2 if share else 1


def _instruction(told: Mapping[str, Any]) -> str:
    rubric = "\n".join(f"Score {number}: {text}" for number, text in enumerate(RUBRIC, 1))
    return (
        "###Task Description:\nAn instruction, a response to evaluate, a reference answer that gets a score of 5, and "
        "a score rubric are given. Write feedback that assesses the response strictly by the rubric, then a score from "
        '1 to 5, as "Feedback: (feedback) [RESULT] (a whole number from 1 to 5)".\n\n'
        f"###The instruction to evaluate:\n{told['orig_instruction']}\n\n"
        f"###Response to evaluate:\n{told['orig_response']}\n\n"
        f"###Reference Answer (Score 5):\n{told['orig_reference_answer'] or '(none given)'}\n\n"
        f"###Score Rubrics:\n[{CRITERIA}]\n{rubric}\n\n###Feedback:"
    )


def columns(options: Options) -> Columns:
    texts = (
        "instruction", "output", "orig_instruction", "orig_response", "orig_reference_answer", "orig_criteria",
        *(f"orig_score{number}_description" for number in range(1, 6)), "orig_feedback",
    )  # fmt: skip
    plain: Columns = {**dict.fromkeys(texts, TEXT), "orig_score": WHOLE, "response": TEXT}
    if options["images"] == "none":
        return plain
    return {**plain, "id": TEXT, "conversations": [{"from": TEXT, "value": TEXT}], "images": IMAGES}


FORMAT = table_format(
    name="prometheus",
    group="critic training",
    title="Prometheus",
    help="Each chain with a score from 1 to 5 by a rubric, and feedback, in Prometheus' fields.",
    columns=columns,
    rows=rows,
    options=(LABELS, NEUTRAL, IMAGE_OPTION),
)
