"""PuzzleVQA: synthetic picture puzzles with a gold chain in three steps: caption, explanation, deduction.

Source: Chia et al. 2024, repository declare-lab/LLM-PuzzleTest. Options are numbers beside an answer in text, or the
reverse: both become text. The gold chain comes along as a response that is right throughout.
"""

from __future__ import annotations

from typing import Any

from annotations.core.schema import Author, Image, Judgment, Problem
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import chain, imported, key_of
from annotations.importers.json_records import read_by

GOLD = Author(kind="person", name="PuzzleVQA")
STEPS = ("caption", "explanation", "deduction")


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(fields.require(record, "question"), "question")
    path = fields.text(fields.require(record, "image"), "image")
    options = fields.listed(record.get("options") or [], "options")
    answer = fields.as_text(fields.require(record, "answer"))
    key = key_of("puzzlevqa", path)
    steps = [fields.text(record[name], name) for name in STEPS if record.get(name)]
    judgments = [Judgment(step=number, verdict="correct") for number in range(1, len(steps) + 1)]
    gold = chain(
        f"{key}/gold",
        steps,
        field="caption",
        answer=answer,
        generator="PuzzleVQA gold",
        critiques=(imported(f"{key}/gold#reference", GOLD, judgments, correct=True),),
    )
    return Problem(
        key=key,
        question=question,
        images=(Image(path=path),),
        reference_answer=answer,
        options=tuple(fields.as_text(option) or "" for option in options),
        source_dataset="PuzzleVQA",
        superskill="Reasoning",
        skill=fields.as_text(record.get("_category")) or "",
        licence="MIT",
        tags=("synthetic",),
        responses=(gold,),
        extra={"record": record},
    )


FORMAT = ImportFormat(
    name="puzzle_vqa",
    title="PuzzleVQA",
    help="JSON or JSONL with images by path (from the shell), and the gold chain of each puzzle.",
    suffixes=(".jsonl", ".json"),
    read=read_by(problem_of),
    image_field="image",
)
