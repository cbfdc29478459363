"""Several chains a question with their pass rate, for rounds of self-training (METHODS.md row 45).

One row a chain that revises nothing, right and wrong alike. `pass_rate` is the share of right answers among the chains
of the problem whose answer could be told (by the label, else by the matcher), `difficulty` is 1 − that; null where
nothing could be told. Which round it is and what changed since the last one stands in the version's manifest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.rollout_facts import Tally, difficulty
from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chain_text, chat_columns, chat_row, solve_prompt
from annotations.exporters.facts import outcome_of
from annotations.exporters.features import NUMBER, TEXT, WHOLE
from annotations.exporters.labels import LABELS
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    chains = [response for response in item.problem.responses if response.revises is None]
    outcomes = [outcome_of(item.problem, response, options) for response in chains]
    tally = Tally(outcomes.count("right"), outcomes.count("wrong"), outcomes.count("unparsed"))
    for response, outcome in zip(chains, outcomes, strict=True):
        yield {
            **chat_row(item, options, solve_prompt(item.problem), completion=chain_text(response)),
            "outcome": outcome,
            "chains": len(chains),
            "right": tally.right,
            "unparsed": tally.unparsed,
            "pass_rate": tally.success,
            "difficulty": difficulty(tally),
            "generator": response.generator,
            "checkpoint": response.checkpoint,
            "problem": item.problem.key,
            "response": response.key,
        }


FORMAT = table_format(
    name="chains",
    group="self-correction",
    title="Chains with pass rates",
    help="Every chain with whether it came out right, and how difficult its problem is by the pass rate of its chains.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "completion"),
        "outcome": TEXT,
        "chains": WHOLE,
        "right": WHOLE,
        "unparsed": WHOLE,
        "pass_rate": NUMBER,
        "difficulty": NUMBER,
        **dict.fromkeys(("generator", "checkpoint", "problem", "response"), TEXT),
    },
    rows=rows,
    counted=("outcome",),
    options=(LABELS, IMAGE_OPTION),
)
