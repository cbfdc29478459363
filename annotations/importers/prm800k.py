"""PRM800K: one labelling of a solution, its steps rated 1, 0 or -1, with rated alternatives of each step.

Source: Lightman et al. 2023, repository openai/prm800k. The chain is the chosen completions, or what the labeller
wrote; where none was chosen (the last step of `found_error`), the first completion, which is the generator's own.
Ratings stay three-way: 1 correct, 0 neutral, -1 incorrect. Every completion not taken is kept as evidence of its step.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Evidence, Judgment, Problem
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import chain, imported, key_of, rated
from annotations.importers.json_records import read_by

ALTERNATIVE = "alternative_step"


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.mapping(fields.require(record, "question"), "question")
    label = fields.mapping(fields.require(record, "label"), "label")
    text = fields.text(fields.require(question, "problem", "question."), "question.problem")
    steps: list[str] = []
    judgments: list[Judgment] = []
    evidence: list[Evidence] = []
    for index, step in enumerate(fields.listed(fields.require(label, "steps", "label."), "label.steps")):
        _take(fields.mapping(step, f"label.steps.{index}"), index, steps, judgments, evidence)
    key = key_of("prm800k", text)
    labeler = fields.as_text(record.get("labeler")) or "PRM800K labeller"
    chain_key = key_of(key, "\n\n".join(steps))
    seconds = label.get("total_time")
    critique = imported(
        f"{chain_key}#{labeler}/{record.get('timestamp')}",
        Author(kind="person", name=labeler),
        judgments,
        reference=None,
        evidence=tuple(evidence),
        submitted_at=_time(record.get("timestamp")),
        active_seconds=seconds / 1000 if isinstance(seconds, (int, float)) and seconds >= 0 else None,
        extra={"record": record},
    )
    return Problem(
        key=key,
        question=text,
        reference_answer=fields.as_text(question.get("ground_truth_answer")),
        source_dataset="PRM800K",
        superskill="Reasoning",
        skill="Math",
        licence="MIT",
        responses=(chain(chain_key, steps, field="label.steps", critiques=(critique,)),),
        extra={"ground_truth_solution": question.get("ground_truth_solution")},
    )


def _take(
    step: dict[str, Any], index: int, steps: list[str], judgments: list[Judgment], evidence: list[Evidence]
) -> None:
    path = f"label.steps.{index}"
    number = index + 1
    completions = [
        fields.mapping(one, f"{path}.completions.{place}")
        for place, one in enumerate(fields.listed(step.get("completions") or [], f"{path}.completions"))
    ]
    written, chosen = step.get("human_completion"), step.get("chosen_completion")
    if chosen is not None and (type(chosen) is not int or not 0 <= chosen < len(completions)):
        raise FieldError(f"{path}.chosen_completion", f"a place from 0 of {len(completions)}, or null", repr(chosen))
    if written is not None and chosen is None:
        taken = None
        text = written["text"] if isinstance(written, dict) and isinstance(written.get("text"), str) else written
        steps.append(fields.text(text, f"{path}.human_completion"))
        judgments.append(Judgment(step=number, verdict="correct"))  # the labeller's own
    else:
        taken = chosen or 0
        if not completions:
            raise FieldError(f"{path}.completions", "at least one completion", "none")
        steps.append(fields.text(completions[taken].get("text"), f"{path}.completions.{taken}.text"))
        judgments.append(rated(number, completions[taken].get("rating"), field=f"{path}.completions.{taken}.rating"))
    for place, other in enumerate(completions):
        if place != taken:
            told = {name: other.get(name) for name in ("text", "rating", "flagged")}
            evidence.append(Evidence(kind=ALTERNATIVE, step=number, content=told))


def _time(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise FieldError("timestamp", "a time in ISO 8601", repr(value)[:80]) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


FORMAT = ImportFormat(
    name="prm800k",
    title="PRM800K",
    help="JSONL of labellings; ratings stay three-way, alternatives are kept as evidence of their step.",
    suffixes=(".jsonl",),
    read=read_by(problem_of),
)
