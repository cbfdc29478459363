"""Silver training data of a critic: its critiques whose correction was verified to come out right (row 12).

A critic's critique that guided a correction from a wrong answer to a right one, and none to a wrong one. No person
checked its words, so every row is marked `silver`; `fixed` and `corrections` say how often it was tried.
Source: AutoMathCritique (METHODS.md row 12).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from annotations.exporters.base import Item, Option
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row, critique_prompt, critique_text
from annotations.exporters.features import FLAG, TEXT, WHOLE
from annotations.exporters.labels import critics_of
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    outcomes: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for correction in item.problem.responses:
        effect = correction.effect
        if effect and correction.guided_by and effect.left_out is None:
            outcomes[correction.guided_by].append((effect.effect, effect.after))
    for response in item.problem.responses:
        for critique in critics_of(response):
            tried = outcomes.get(critique.key, [])
            if not tried:
                skip("a critic's critique that guided no correction")
                continue
            counted = {"fixed"} if options["verified"] == "fixed" else {"fixed", "unchanged"}
            good = any(after == "right" and effect in counted for effect, after in tried)
            if not good or any(after == "wrong" for _, after in tried):
                skip("a critic's critique that was not verified")
                continue
            yield {
                **chat_row(
                    item,
                    options,
                    critique_prompt(item.problem, response),
                    completion=critique_text(critique),
                ),
                "silver": True,
                "critic": critique.author.name,
                "model": critique.author.model,
                "run": critique.run,
                "fixed": sum(effect == "fixed" for effect, _ in tried),
                "corrections": len(tried),
                "response": response.key,
            }


FORMAT = table_format(
    name="silver_critiques",
    group="critic training",
    title="Silver critiques (verified by a correction)",
    help="For SFT of a critic: a critic's critiques that led a correction to the right answer. Marked silver.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "completion"),
        "silver": FLAG,
        "critic": TEXT,
        "model": TEXT,
        "run": TEXT,
        "fixed": WHOLE,
        "corrections": WHOLE,
        "response": TEXT,
    },
    rows=rows,
    counted=("silver", "critic"),
    options=(
        Option(
            name="verified",
            values=("fixed", "right"),
            help="Which corrections count: from wrong to right, or whatever came out right.",
        ),
        IMAGE_OPTION,
    ),
)
