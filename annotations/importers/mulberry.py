"""Mulberry: chains of several models about one image, each with whether its answer is right and its search value.

Source: Yao et al. 2024, repository HJYao00/Mulberry (output of CoMCTS). A model's chain is an object with `response`,
`is_correct` (1, -1) and `value`. No step is labelled. Images are named by path, relative to the file.
"""

from __future__ import annotations

import re
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Critique, Image, Judgment, Problem, Response
from annotations.core.steps import SEGMENTATION_RULE, split_steps
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import imported, key_of, one_of
from annotations.importers.json_records import read_by

CHECK = Author(kind="critic", name="Mulberry answer check", method="answer-match")
_CHOICE = re.compile(r"^([A-H]):\s*(.+?)\s*$", re.MULTILINE)
_GOLD = re.compile(r"Answer:\s*(.+?)\s*$", re.DOTALL)
_FINAL = re.compile(r"final answer is:?\s*(.+?)\s*\.?\s*$", re.IGNORECASE)


def problem_of(record: dict[str, Any]) -> Problem:
    asked = fields.text(fields.require(record, "question"), "question")
    question, _, choices = asked.partition("\nChoices:")
    path = fields.text(fields.require(record, "image"), "image")
    key = key_of("mulberry", path, asked)
    models = {name: value for name, value in record.items() if isinstance(value, dict) and "response" in value}
    return Problem(
        key=key,
        question=question.removeprefix("Question:").strip(),
        images=(Image(path=path),),
        reference_answer=_gold(record.get("conversations")),
        options=tuple(text for _, text in _CHOICE.findall(choices)),
        source_dataset="Mulberry",
        superskill="Reasoning",
        responses=tuple(_response(key, model, fields.mapping(said, model)) for model, said in models.items()),
        extra={"record": {name: value for name, value in record.items() if name not in models}},
    )


def _gold(conversations: Any) -> str | None:
    for turn in conversations if isinstance(conversations, list) else []:
        if isinstance(turn, dict) and turn.get("from") == "gpt" and (found := _GOLD.search(str(turn.get("value")))):
            return found[1]
    return None


def _response(key: str, model: str, said: dict[str, Any]) -> Response:
    text = fields.text(fields.require(said, "response", f"{model}."), f"{model}.response")
    if not text.strip():
        raise FieldError(f"{model}.response", "a chain", "empty text")
    chain_key = key_of(key, model)
    ranges = split_steps(text)
    right = said.get("is_correct")
    critiques: tuple[Critique, ...] = ()
    if right is not None:
        judgments = [Judgment(step=number, state="unlabelled") for number in range(1, len(ranges) + 1)]
        correct = one_of(right, (1, -1), f"{model}.is_correct") == 1
        critiques = (imported(f"{chain_key}#answer", CHECK, judgments, correct=correct, reference=None),)
    final = _FINAL.search(text)
    return Response(
        key=chain_key,
        source_text=text,
        steps=ranges,
        segmentation=SEGMENTATION_RULE,
        answer=final[1] if final else None,
        generator=model,
        critiques=critiques,
        extra={"record": {name: value for name, value in said.items() if name != "response"}},
    )


FORMAT = ImportFormat(
    name="mulberry",
    title="Mulberry (CoMCTS output)",
    help="JSON or JSONL with images by path (from the shell); the answer alone is judged.",
    suffixes=(".jsonl", ".json"),
    read=read_by(problem_of),
    image_field="image",
)
