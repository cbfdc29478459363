"""MetaCritique: several critiques of one response in free text, cut into atomic units, with labels of each unit.

Source: Sun et al. 2024, repository GAIR-NLP/MetaCritique. These critiques judge no single step, so every step is
unlabelled; the text is the comment. Units (`aius`), their labels and scores lie under `extra["meta_critique"]`, where
the metric finds them.
"""

from __future__ import annotations

from typing import Any

from annotations.core.schema import Author, Critique, Judgment, Problem, Response
from annotations.core.steps import SEGMENTATION_RULE, split_steps
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import imported, key_of
from annotations.importers.json_records import read_by

_SUFFIX = "_critique"
REFERENCE = "gpt4"  # the critique that the units of all others are compared with


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(fields.require(record, "question"), "question")
    text = fields.text(fields.require(record, "response"), "response")
    key = key_of("metacritique", fields.as_text(record.get("dataset")) or "", question)
    chain_key = key_of(key, text)
    ranges = split_steps(text)
    names = [name for name in record if name.endswith(_SUFFIX) and name != f"hypothesis{_SUFFIX}"]
    return Problem(
        key=key,
        question=question,
        reference_answer=fields.as_text(record.get("gpt4_answer") or record.get("reference_answer")),
        source_dataset=fields.as_text(record.get("dataset")) or "MetaCritique",
        licence="Apache-2.0",
        responses=(
            Response(
                key=chain_key,
                source_text=text,
                steps=ranges,
                segmentation=SEGMENTATION_RULE,
                critiques=tuple(_critique(record, name, chain_key, len(ranges)) for name in names),
                extra={"record": {name: value for name, value in record.items() if name not in (*names, "response")}},
            ),
        ),
    )


def _critique(record: dict[str, Any], name: str, chain_key: str, steps: int) -> Critique:
    held = record[name]
    said = {"critique": held} if isinstance(held, str) else fields.mapping(held, name)
    who = name.removesuffix(_SUFFIX)
    model = fields.as_text(said.get("model")) or who
    person = who == "human"
    return imported(
        f"{chain_key}#{who}",
        Author(kind="person", name="MetaCritique annotator")
        if person
        else Author(kind="critic", name=model, method="free text", model=model),
        [Judgment(step=number, state="unlabelled") for number in range(1, steps + 1)],
        reference=None,
        comment=fields.text(fields.require(said, "critique", f"{name}."), f"{name}.critique"),
        extra={"meta_critique": {field: value for field, value in said.items() if field != "critique"}},
    )


FORMAT = ImportFormat(
    name="meta_critique",
    title="MetaCritique",
    help="JSON or JSONL; critiques in free text with labels of their atomic units.",
    suffixes=(".json", ".jsonl"),
    read=read_by(problem_of),
)
