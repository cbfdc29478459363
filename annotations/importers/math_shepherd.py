"""Math-Shepherd: steps in one text, a tag behind each, and the same text with + or - in place of the tags.

Source: Wang et al. 2024. The tag is the two Cyrillic letters "ки". Labels come from rollouts, not from people: + says
that the answer could still be reached, so they are a critic's, and no reference.
"""

from __future__ import annotations

import re
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Judgment, Problem, Verdict
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import chain, imported, key_of
from annotations.importers.json_records import read_by

TAG = "ки"
ROLLOUTS = Author(kind="critic", name="Math-Shepherd rollouts", method="rollouts")
VERDICTS: dict[str, Verdict] = {"+": "correct", "-": "incorrect"}
_FIRST_STEP = re.compile(r"\bStep 1\s*:")
_ANSWER = re.compile(r"The answer is:?\s*(.+?)\s*$", re.DOTALL)


def problem_of(record: dict[str, Any]) -> Problem:
    text = fields.text(fields.require(record, "input"), "input")
    label = fields.text(fields.require(record, "label"), "label")
    begins = _FIRST_STEP.search(text)
    if begins is None:
        raise FieldError("input", 'a question, then "Step 1:"', repr(text[-80:]))
    parts = text[begins.start() :].split(TAG)
    if parts[-1].strip():
        raise FieldError("input", f"the tag {TAG} behind every step", repr(parts[-1].strip()[:80]))
    signs = _signs(text, label)
    steps = [part.strip() for part in parts[:-1]]
    question = text[: begins.start()].strip()
    key = key_of("math-shepherd", question)
    chain_key = key_of(key, "\n\n".join(steps))
    judgments = [
        Judgment(step=number, verdict=VERDICTS[sign], origin_unknown=sign == "-")
        for number, sign in enumerate(signs, 1)
    ]
    answer = _ANSWER.search(steps[-1]) if steps else None
    return Problem(
        key=key,
        question=question,
        source_dataset=fields.as_text(record.get("task")) or "Math-Shepherd",
        superskill="Reasoning",
        skill="Math",
        responses=(
            chain(
                chain_key,
                steps,
                field="input",
                answer=answer[1] if answer else None,
                critiques=(imported(f"{chain_key}#rollouts", ROLLOUTS, judgments, reference=None),),
                extra={"record": record},
            ),
        ),
    )


def _signs(text: str, label: str) -> list[str]:
    """The sign in place of each tag: the label is the input otherwise, letter by letter."""
    signs, position = [], 0
    pieces = text.split(TAG)
    for number, piece in enumerate(pieces[:-1], 1):
        end = position + len(piece)
        if label[position:end] != piece or label[end : end + 1] not in VERDICTS:
            raise FieldError("label", f"the input with + or - for each {TAG}", f"something else at step {number}")
        signs.append(label[end])
        position = end + 1
    if label[position:] != pieces[-1]:
        raise FieldError("label", "to end as the input does", repr(label[position:][:80]))
    return signs


FORMAT = ImportFormat(
    name="math_shepherd",
    title="Math-Shepherd",
    help="JSONL; labels by rollouts, kept as a critic's.",
    suffixes=(".jsonl", ".json"),
    read=read_by(problem_of),
)
