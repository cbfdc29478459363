"""Visual Spatial Reasoning with votes: a caption about an image that several people called true or false.

Source: Liu et al. 2023, repository cambridgeltl/visual-spatial-reasoning, the raw data. The caption is a chain of one
step; each voter's vote is a critique of its own, `label` the reference. Votes are lists of voters in some files and the
same lists as Python text in others. A voter who stands on both sides, or twice, votes once, and "false" holds. The
images are named by address only; the server fetches nothing, so the address is kept and the image left out.
"""

from __future__ import annotations

import ast
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Judgment, Problem
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import chain, imported, key_of, one_of
from annotations.importers.json_records import read_by

LABEL = Author(kind="person", name="VSR label")


def problem_of(record: dict[str, Any]) -> Problem:
    caption = fields.text(fields.require(record, "caption"), "caption")
    image = fields.text(fields.require(record, "image"), "image")
    label = one_of(fields.require(record, "label"), (0, 1), "label")
    key = key_of("vsr", image, caption)
    votes = {
        voter: verdict
        for field, verdict in (("vote_true_validator_id", True), ("vote_false_validator_id", False))
        for voter in _voters(record.get(field), field)
    }
    critiques = [imported(f"{key}#label", LABEL, [_judged(bool(label))], correct=bool(label))]
    critiques += [
        imported(
            f"{key}#voter-{voter}",
            Author(kind="person", name=f"VSR voter {voter}"),
            [_judged(verdict)],
            correct=verdict,
            reference=None,
        )
        for voter, verdict in votes.items()
    ]
    return Problem(
        key=key,
        question="Is the caption true of the image?",
        reference_answer="true" if label else "false",
        source_dataset="VSR",
        superskill="Perception",
        skill="Spatial",
        licence="Apache-2.0",
        tags=(str(record.get("relation")),) if record.get("relation") else (),
        responses=(
            chain(
                key, (caption,), field="caption", answer="true", critiques=tuple(critiques), extra={"record": record}
            ),
        ),
    )


def _judged(right: bool) -> Judgment:
    return Judgment(step=1, verdict="correct" if right else "incorrect", own_error=None if right else True)


def _voters(value: Any, field: str) -> list[int]:
    """A list of numbers, or the text of one."""
    held = value
    if isinstance(value, str):
        try:
            held = ast.literal_eval(value)
        except (ValueError, SyntaxError) as error:
            raise FieldError(field, "a list of voters", repr(value)[:80]) from error
    return [voter for voter in fields.listed(held or [], field) if type(voter) is int]


FORMAT = ImportFormat(
    name="vsr",
    title="Visual Spatial Reasoning, with votes",
    help="JSONL; each voter is an author, images stay out (they are addresses).",
    suffixes=(".jsonl",),
    read=read_by(problem_of),
)
