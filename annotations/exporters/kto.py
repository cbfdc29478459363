"""Unpaired preference: a chain and whether it is good, for KTO: `prompt, completion, label`.

A chain is good where its answer is right and no step is wrong; it is bad where either is. What nobody decided makes no
row. Unpaired, since TRL's KTO refuses pairs with images. Source: FORMATS.md, TRL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chain_text, chat_columns, chat_row, solve_prompt
from annotations.exporters.features import FLAG, TEXT
from annotations.exporters.labels import LABELS, NEUTRAL, answer_label, step_labels
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        steps = step_labels(response, options) or []
        labels = [answer_label(response, options), *steps]
        if False not in labels and None in labels:
            skip("a chain that is not decided whole")
            continue
        yield {
            **chat_row(item, options, solve_prompt(item.problem), completion=chain_text(response)),
            "label": False not in labels,
            "response": response.key,
        }


FORMAT = table_format(
    name="kto",
    group="preference",
    title="Unpaired preference (KTO)",
    help="For KTO: each chain with whether it is good throughout.",
    columns=lambda options: {**chat_columns(options, "prompt", "completion"), "label": FLAG, "response": TEXT},
    rows=rows,
    options=(LABELS, NEUTRAL, IMAGE_OPTION),
)
