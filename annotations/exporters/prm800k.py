"""PRM800K's shape: one labelling of a chain, each step with its rated completions, 1, 0 or -1.

One row for each person's critique, or for the reference alone. The step as it stands is the chosen completion;
alternatives that came in with PRM800K's own files are rated beside it. As there, a labelling ends at the first step
rated -1 (`found_error`, nothing chosen) unless the option keeps what follows; it ends before a step that nobody rated.
`labeler` is the pseudonym. What PRM800K asks and we do not (quality control, generation) is false or null.
Source: Lightman et al. 2023, repository openai/prm800k.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.schema import Critique, Response
from annotations.exporters.base import Item, Option
from annotations.exporters.chat import question_text, steps_of
from annotations.exporters.features import FLAG, TEXT, WHOLE
from annotations.exporters.labels import LABELS, people_of, rating, reference_of
from annotations.exporters.tables import Options, Skip, table_format

ALTERNATIVE = "alternative_step"  # the kind of evidence under which the importer keeps them
COMPLETION = {"text": TEXT, "rating": WHOLE, "flagged": FLAG}
COLUMNS = {
    "labeler": TEXT,
    "timestamp": TEXT,
    "generation": WHOLE,
    "is_quality_control_question": FLAG,
    "is_initial_screening_question": FLAG,
    "question": {
        "problem": TEXT, "ground_truth_solution": TEXT, "ground_truth_answer": TEXT, "pre_generated_steps": [TEXT],
        "pre_generated_answer": TEXT,
    },
    "label": {
        "steps": [{"completions": [COMPLETION], "human_completion": TEXT, "chosen_completion": WHOLE}],
        "total_time": WHOLE,
        "finish_reason": TEXT,
    },
    "response": TEXT,
}  # fmt: skip


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        if options["labels"] == "people":
            critiques = people_of(response)
        else:
            critiques = [one] if (one := reference_of(response)) else []
        if not critiques:
            skip(f"no {options['labels']} label")
        for critique in critiques:
            steps = _steps(response, critique, cut=options["after_error"] == "cut")
            if not steps:
                skip("a labelling whose first step is not rated")
                continue
            found_error = any(step["completions"][0]["rating"] == -1 for step in steps)
            seconds = critique.active_seconds
            yield {
                "labeler": item.pseudonym(critique.author),
                "timestamp": critique.submitted_at.isoformat() if critique.submitted_at else None,
                "generation": None,
                "is_quality_control_question": False,
                "is_initial_screening_question": False,
                "question": {
                    "problem": question_text(item.problem),
                    "ground_truth_solution": item.problem.extra.get("ground_truth_solution"),
                    "ground_truth_answer": item.problem.reference_answer,
                    "pre_generated_steps": list(steps_of(response)),
                    "pre_generated_answer": response.answer,
                },
                "label": {
                    "steps": steps,
                    "total_time": None if seconds is None else round(seconds * 1000),
                    "finish_reason": "found_error" if found_error else "solution",
                },
                "response": response.key,
            }


def _steps(response: Response, critique: Critique, *, cut: bool) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for judgment, text in zip(critique.judgments, steps_of(response), strict=True):
        rated = rating(judgment)
        if rated is None:
            break
        ends = cut and rated == -1
        made.append(
            {
                "completions": [{"text": text, "rating": rated, "flagged": None}, *_others(critique, judgment.step)],
                "human_completion": None,
                "chosen_completion": None if ends else 0,
            }
        )
        if ends:
            break
    return made


def _others(critique: Critique, step: int) -> list[dict[str, Any]]:
    return [
        {name: evidence.content.get(name) for name in COMPLETION}
        for evidence in critique.evidence
        if evidence.kind == ALTERNATIVE and evidence.step == step
    ]


FORMAT = table_format(
    name="prm800k",
    group="process reward",
    title="PRM800K",
    help="PRM800K's own shape: each labelling with its steps rated 1, 0 or -1.",
    columns=lambda options: COLUMNS,
    rows=rows,
    options=(
        LABELS,
        Option(name="after_error", values=("cut", "keep"), help="What follows the first step rated -1: cut, or kept."),
    ),
)
