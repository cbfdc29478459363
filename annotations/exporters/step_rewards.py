"""Rewards per step and per category of error, with the spans that carry them (Fine-Grained RLHF, METHODS.md row 7).

One row a step: -1 in the column of each first-level error type that a finding of the step names, 0 in the others; where
the step is unlabelled all are null. `spans` are offsets in code points of the step's own text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.critique_facts import stance
from annotations.core.schema import Span
from annotations.core.taxonomy import DEFAULT_TAXONOMY
from annotations.exporters.base import Item
from annotations.exporters.chat import question_text, steps_of
from annotations.exporters.features import NUMBER, TEXT, WHOLE
from annotations.exporters.labels import LABELS, whole_label
from annotations.exporters.tables import Options, Skip, table_format

CATEGORIES = tuple(kind.code for kind in DEFAULT_TAXONOMY.types)
UNTYPED = "other"


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        label = whole_label(response, options)
        if label is None:
            skip(f"no {options['labels']} label")
            continue
        for judgment, text in zip(label.judgments, steps_of(response), strict=True):
            unlabelled = stance(judgment) in (None, "unsure")
            wrong = {
                kind if (kind := (finding.error_type or "").partition("/")[0]) in CATEGORIES else UNTYPED
                for finding in judgment.findings
            } or ({UNTYPED} if stance(judgment) == "incorrect" else set())
            yield {
                "problem": item.problem.key,
                "response": response.key,
                "question": question_text(item.problem),
                "step": judgment.step,
                "text": text,
                **{
                    f"reward_{name}": None if unlabelled else -1.0 if name in wrong else 0.0
                    for name in (*CATEGORIES, UNTYPED)
                },
                "spans": [
                    {
                        "start": mark.start,
                        "end": mark.end,
                        "error_type": finding.error_type,
                        "severity": finding.severity,
                    }
                    for finding in judgment.findings
                    for mark in finding.marks
                    if isinstance(mark, Span)
                ],
            }


FORMAT = table_format(
    name="step_rewards",
    group="process reward",
    title="Rewards per step and category",
    help="One row a step: a reward for each category of error, with the spans that carry it.",
    columns=lambda options: {
        "problem": TEXT,
        "response": TEXT,
        "question": TEXT,
        "step": WHOLE,
        "text": TEXT,
        **{f"reward_{name}": NUMBER for name in (*CATEGORIES, UNTYPED)},
        "spans": [{"start": WHOLE, "end": WHOLE, "error_type": TEXT, "severity": TEXT}],
    },
    rows=rows,
    options=(LABELS,),
)
