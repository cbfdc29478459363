"""RealCritic: a model's chain and whether its answer was right; a critique is judged by the correction that it yields.

Source: Tang et al. 2025, repository tangzhy/RealCritic. No step is labelled: `previous_score` is of the answer alone.
The chain comes as one text and is cut by `core.steps`.
"""

from __future__ import annotations

from typing import Any

from annotations.core.schema import Author, Critique, Judgment, Problem, Response
from annotations.core.steps import SEGMENTATION_RULE, split_steps
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import imported, key_of
from annotations.importers.json_records import read_by

GOLD = Author(kind="critic", name="RealCritic answer check", method="answer-match")


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(fields.require(record, "question"), "question")
    text = fields.text(fields.require(record, "reasoning"), "reasoning")
    model = fields.as_text(record.get("model")) or ""
    score = fields.listed(record.get("previous_score") or [], "previous_score")
    right = fields.verdict_flag(score[0], "previous_score.0") if score else None
    key = key_of("realcritic", fields.as_text(record.get("_task")) or "", record.get("idx", question))
    chain_key = key_of(key, model, text)
    ranges = split_steps(text)
    judgments = [Judgment(step=number, state="unlabelled") for number in range(1, len(ranges) + 1)]
    critiques: tuple[Critique, ...] = ()
    if right is not None:
        critiques = (imported(f"{chain_key}#answer", GOLD, judgments, correct=right, reference=None),)
    return Problem(
        key=key,
        question=question,
        reference_answer=fields.as_text(record.get("gt")) or fields.as_text(record.get("answer")),
        source_dataset="RealCritic",
        superskill="Reasoning",
        skill=fields.as_text(record.get("_task")) or "",
        licence="MIT",
        responses=(
            Response(
                key=chain_key,
                source_text=text,
                steps=ranges,
                segmentation=SEGMENTATION_RULE,
                answer=fields.as_text(record.get("pred")),
                generator=model,
                critiques=critiques,
                extra={"record": {name: value for name, value in record.items() if name != "reasoning"}},
            ),
        ),
    )


FORMAT = ImportFormat(
    name="real_critic",
    title="RealCritic",
    help="JSONL; the answer alone is judged, no step is.",
    suffixes=(".jsonl", ".json"),
    read=read_by(problem_of),
)
