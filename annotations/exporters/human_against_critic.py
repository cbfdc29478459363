"""Preference between critiques: a person's is chosen, a critic's of the same chain rejected (SPIN, row 17).

Each critic and sample makes a row; `critic`, `model` and `run` say which iteration of the critic it was. Identical
texts make none. Source: METHODS.md row 17.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row, critique_prompt, critique_text
from annotations.exporters.features import TEXT
from annotations.exporters.labels import LABELS, critics_of, whole_label
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        critics = critics_of(response)
        label = whole_label(response, options)
        if not critics or label is None or label.author.kind != "person":
            skip("a chain without both a person's and a critic's critique")
            continue
        chosen = critique_text(label)
        for critic in critics:
            rejected = critique_text(critic)
            if rejected == chosen:
                skip("a critic's critique that says what the person's says")
                continue
            yield {
                **chat_row(item, options, critique_prompt(item.problem, response), chosen=chosen, rejected=rejected),
                "response": response.key,
                "critic": critic.author.name,
                "model": critic.author.model,
                "run": critic.run,
            }


FORMAT = table_format(
    name="human_against_critic",
    group="preference",
    title="Preference: person against critic",
    help="For DPO of a critic: a person's critique is chosen, a critic's of the same chain rejected.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "chosen", "rejected"),
        "response": TEXT,
        "critic": TEXT,
        "model": TEXT,
        "run": TEXT,
    },
    rows=rows,
    options=(LABELS, IMAGE_OPTION),
)
