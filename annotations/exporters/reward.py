"""Preference for a reward model: two chains of one problem, the better against the worse, the prompt inside both.

The implicit prompt that TRL's RewardTrainer prefers: `chosen` and `rejected` are whole conversations, text alone (it
takes no images). A chain is better with more of its answer and steps right; `margin` is the difference, 0 to 1.
Source: FORMATS.md, TRL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from annotations.core.schema import Response
from annotations.exporters.base import Item
from annotations.exporters.chat import chain_text, solve_prompt
from annotations.exporters.facts import chain_score
from annotations.exporters.features import NUMBER, TEXT
from annotations.exporters.labels import LABELS, NEUTRAL
from annotations.exporters.tables import Options, Skip, table_format

TURNS = [{"role": TEXT, "content": TEXT}]


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    scored = [
        (score, response)
        for response in item.problem.responses
        if (score := chain_score(response, options)) is not None
    ]
    if len(scored) < 2:
        skip("a problem with fewer than two judged chains")
    for (one, first), (other, second) in combinations(scored, 2):
        if one == other:
            continue
        better, worse = (first, second) if one > other else (second, first)
        yield {
            "chosen": _turns(item, better),
            "rejected": _turns(item, worse),
            "margin": abs(one - other),
            "problem": item.problem.key,
        }


def _turns(item: Item, response: Response) -> list[dict[str, str]]:
    return [
        {"role": "user", "content": solve_prompt(item.problem)},
        {"role": "assistant", "content": chain_text(response)},
    ]


FORMAT = table_format(
    name="reward",
    group="preference",
    title="Preference for a reward model",
    help="For TRL's reward trainer: two chains of a problem, the better one chosen, with a margin. Text alone.",
    columns=lambda options: {"chosen": TURNS, "rejected": TURNS, "margin": NUMBER, "problem": TEXT},
    rows=rows,
    options=(LABELS, NEUTRAL),
)
