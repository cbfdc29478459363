"""Feedback and refinement: chain, critique, corrected chain, only where the correction was verified (row 29, row 12).

One row a correction that came out right and was guided by a critique; by a critic's critique it is silver data of the
critic (AutoMathCritique), so `silver` says so. Source: METHODS.md rows 12 and 29.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.exporters.base import Item
from annotations.exporters.chat import (
    IMAGE_OPTION,
    chain_text,
    chat_columns,
    chat_row,
    critique_text,
    revise_prompt,
)
from annotations.exporters.features import FLAG, TEXT, WHOLE
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    by_key = {response.key: response for response in item.problem.responses}
    for correction in item.problem.responses:
        effect, original = correction.effect, by_key.get(correction.revises or "")
        if effect is None or original is None or correction.guided_by is None:
            continue
        critique = next((one for one in original.critiques if one.key == correction.guided_by), None)
        if critique is None:
            skip("a correction whose critique does not go out")
        elif effect.after != "right":
            skip("a correction that did not come out right")
        elif effect.left_out is not None:
            skip("a correction with a finding kept back")
        else:
            yield {
                **chat_row(
                    item,
                    options,
                    revise_prompt(item.problem, original, critique),
                    completion=chain_text(correction),
                ),
                "response": original.key,
                "feedback": critique_text(critique),
                "effect": effect.effect,
                "round": effect.round,
                "silver": critique.author.kind == "critic",
            }


FORMAT = table_format(
    name="refinements",
    group="critic training",
    title="Feedback and refinement",
    help="Chain, critique and corrected chain, where the correction was verified to be right.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "completion"),
        "response": TEXT,
        "feedback": TEXT,
        "effect": TEXT,
        "round": WHOLE,
        "silver": FLAG,
    },
    rows=rows,
    counted=("silver",),
    options=(IMAGE_OPTION,),
)
