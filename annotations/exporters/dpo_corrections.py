"""Preference: a chain against its correction, where one is right and the other wrong (SCL, METHODS.md row 16).

From each correction with an effect: `fixed` prefers the correction, `broke` the original; `unchanged` and `unparsed`
make no row. Both chains answer the same prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chain_text, chat_columns, chat_row, solve_prompt
from annotations.exporters.features import TEXT
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    by_key = {response.key: response for response in item.problem.responses}
    for correction in item.problem.responses:
        if correction.effect is None:
            continue
        original = by_key.get(correction.revises or "")
        if original is None:
            skip("a correction whose original is not here")
        elif correction.effect.effect not in ("fixed", "broke"):
            skip(f"a correction whose effect is {correction.effect.effect}")
        else:
            better, worse = (correction, original) if correction.effect.effect == "fixed" else (original, correction)
            yield {
                **chat_row(
                    item, options, solve_prompt(item.problem), chosen=chain_text(better), rejected=chain_text(worse)
                ),
                "effect": correction.effect.effect,
                "guidance": correction.effect.source,
                "response": original.key,
                "correction": correction.key,
            }


FORMAT = table_format(
    name="dpo_corrections",
    group="preference",
    title="Preference: corrected against original",
    help="For DPO: the right one of a chain and its correction is chosen, the wrong one rejected.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "chosen", "rejected"),
        "effect": TEXT,
        "guidance": TEXT,
        "response": TEXT,
        "correction": TEXT,
    },
    rows=rows,
    options=(IMAGE_OPTION,),
)
