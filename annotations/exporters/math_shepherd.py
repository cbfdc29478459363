"""Math-Shepherd's form: steps in one text with the tag "ки" behind each, and the same text with + or - for the tags.

Source: Wang et al. 2024. Our labels are people's or the reference's, not rollouts'. The row ends before the first
unlabelled step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.exporters.base import Item
from annotations.exporters.chat import question_text, steps_of
from annotations.exporters.features import TEXT
from annotations.exporters.labels import LABELS, NEUTRAL, step_labels
from annotations.exporters.tables import Options, Skip, table_format

TAG = "ки"


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        labels = step_labels(response, options)
        told = [] if labels is None else labels[: labels.index(None)] if None in labels else labels
        if not told:
            skip("no labelled step at the beginning")
            continue
        steps = [
            f"Step {number}: {' '.join(text.split())}" for number, text in enumerate(steps_of(response)[: len(told)], 1)
        ]
        question = " ".join(question_text(item.problem).split())
        if any(TAG in text for text in (question, *steps)):
            skip(f"the text holds the tag {TAG} itself")
            continue
        signs = ["+" if label else "-" for label in told]
        yield {
            "input": f"{question} " + "\n".join(f"{step} {TAG}" for step in steps),
            "label": f"{question} " + "\n".join(f"{step} {sign}" for step, sign in zip(steps, signs, strict=True)),
            "task": item.problem.source_dataset or "second-look",
        }


FORMAT = table_format(
    name="math_shepherd",
    group="process reward",
    title="Math-Shepherd",
    help="Steps in one text with a tag behind each, and the same text with + or - in the tags' place.",
    columns=lambda options: {"input": TEXT, "label": TEXT, "task": TEXT},
    rows=rows,
    options=(LABELS, NEUTRAL),
)
