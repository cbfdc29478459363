"""Preference between critiques by what they did: one that fixed the answer against one that broke or left it (row 25).

Of the critiques of one chain, by their measured effects under one corrector: the mean of +1 fixed, 0 unchanged,
-1 broke. The best is chosen, the worst rejected, where they differ. Source: RealCritic (METHODS.md row 25).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from statistics import mean
from typing import Any

from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row, critique_prompt, critique_text
from annotations.exporters.features import NUMBER, TEXT
from annotations.exporters.tables import Options, Skip, table_format

WORTH = {"fixed": 1.0, "unchanged": 0.0, "broke": -1.0}


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    effects: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for correction in item.problem.responses:
        effect = correction.effect
        if effect and correction.guided_by and effect.left_out is None and effect.effect in WORTH:
            effects[effect.corrector.name][correction.guided_by].append(WORTH[effect.effect])
    for response in item.problem.responses:
        critiques = {critique.key: critique for critique in response.critiques}
        for corrector, worths in effects.items():
            ranked = sorted((mean(worths[key]), key) for key in worths if key in critiques)
            if not ranked:
                continue
            if ranked[0][0] == ranked[-1][0]:
                skip("critiques of a chain that did the same")
                continue
            (worst, worse), (best, better) = ranked[0], ranked[-1]
            yield {
                **chat_row(
                    item,
                    options,
                    critique_prompt(item.problem, response),
                    chosen=critique_text(critiques[better]),
                    rejected=critique_text(critiques[worse]),
                ),
                "response": response.key,
                "corrector": corrector,
                "chosen_effect": best,
                "rejected_effect": worst,
                "chosen_author": critiques[better].author.kind,
                "rejected_author": critiques[worse].author.kind,
            }


FORMAT = table_format(
    name="effect_pairs",
    group="preference",
    title="Preference: a critique that fixed against one that misled",
    help="For DPO of a critic: of the critiques of a chain, the one whose correction came out best is chosen.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "chosen", "rejected"),
        "response": TEXT,
        "corrector": TEXT,
        "chosen_effect": NUMBER,
        "rejected_effect": NUMBER,
        "chosen_author": TEXT,
        "rejected_author": TEXT,
    },
    rows=rows,
    options=(IMAGE_OPTION,),
)
