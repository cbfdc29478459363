"""Preference between critiques by what people said once they had seen what came of them (RLHS, METHODS.md row 39).

Of the critiques of a chain that were rated in hindsight, the one that helped most is chosen, the one that helped least
rejected, where they differ: the mean of +1 helped, 0 no difference, -1 misled. The ratings in foresight stand beside
them, null where there are none, and `gap` is hindsight minus foresight of the chosen one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from statistics import mean
from typing import Any

from annotations.core.schema import Problem, UsefulnessRating
from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row, critique_prompt, critique_text
from annotations.exporters.features import NUMBER, TEXT
from annotations.exporters.tables import Options, Skip, table_format

WORTH = {"helped": 1.0, "no_difference": 0.0, "misled": -1.0}


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    before, after = _ratings(item.problem)
    for response in item.problem.responses:
        critiques = {critique.key: critique for critique in response.critiques}
        ranked = sorted((worth, key) for key, worth in after.items() if key in critiques)
        if not ranked:
            continue
        if ranked[0][0] == ranked[-1][0]:
            skip("critiques of a chain that were rated alike in hindsight")
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
            "chosen_hindsight": best,
            "rejected_hindsight": worst,
            "chosen_foresight": before.get(better),
            "rejected_foresight": before.get(worse),
            "gap": None if better not in before else best - before[better],
            "chosen_author": critiques[better].author.kind,
            "rejected_author": critiques[worse].author.kind,
            "response": response.key,
        }


def _ratings(problem: Problem) -> tuple[dict[str, float], dict[str, float]]:
    """Mean worth of each critique, by its key: in foresight, and in hindsight."""
    held: tuple[dict[str, list[float]], dict[str, list[float]]] = (defaultdict(list), defaultdict(list))
    for reading in problem.readings:
        if isinstance(reading, UsefulnessRating):
            held[reading.correction is not None][reading.critique].append(WORTH[reading.rating])
    before, after = ({key: mean(worths) for key, worths in side.items()} for side in held)
    return before, after


FORMAT = table_format(
    name="hindsight_pairs",
    group="preference",
    title="Preference: critiques by hindsight",
    help="For DPO of a critic: the critique that people, having seen what came of it, found more useful is chosen.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "chosen", "rejected"),
        "chosen_hindsight": NUMBER,
        "rejected_hindsight": NUMBER,
        "chosen_foresight": NUMBER,
        "rejected_foresight": NUMBER,
        "gap": NUMBER,
        "chosen_author": TEXT,
        "rejected_author": TEXT,
        "response": TEXT,
    },
    rows=rows,
    options=(IMAGE_OPTION,),
)
