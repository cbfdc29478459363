"""Two-turn traces of self-correction with a shaped reward (SCoRe, METHODS.md row 11).

First chain, critique, second chain; `transition` is right or wrong, before and after; the reward is that of the second
answer plus a bonus for the change: after + BONUS · (after - before). `on_policy` says that both turns are by one model
and checkpoint. An online trainer calls the same reward by `shaped_reward.reward_function`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chain_text, chat_columns, chat_row, critique_text, solve_prompt
from annotations.exporters.features import FLAG, NUMBER, TEXT
from annotations.exporters.shaped_reward import shaped_reward
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    by_key = {response.key: response for response in item.problem.responses}
    for correction in item.problem.responses:
        effect, original = correction.effect, by_key.get(correction.revises or "")
        if effect is None or original is None:
            continue
        if "unparsed" in (effect.before, effect.after):
            skip("a correction whose answer could not be matched")
            continue
        critique = next((one for one in original.critiques if one.key == correction.guided_by), None)
        before, after = effect.before == "right", effect.after == "right"
        yield {
            **chat_row(
                item, options, solve_prompt(item.problem), first=chain_text(original), second=chain_text(correction)
            ),
            "critique": critique_text(critique) if critique else None,
            "transition": f"{effect.before}_{effect.after}",
            "reward": shaped_reward(before, after),
            "reference_answer": item.problem.reference_answer,
            "options": list(item.problem.options),
            "on_policy": bool(original.generator)
            and (original.generator, original.checkpoint) == (correction.generator, correction.checkpoint),
            "generator": original.generator,
            "checkpoint": original.checkpoint,
            "response": original.key,
        }


FORMAT = table_format(
    name="two_turns",
    group="self-correction",
    title="Self-correction in two turns",
    help="A chain and its correction with transition, shaped reward, and whether both are by one model.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "first", "second"),
        "critique": TEXT,
        "transition": TEXT,
        "reward": NUMBER,
        "reference_answer": TEXT,
        "options": [TEXT],
        "on_policy": FLAG,
        "generator": TEXT,
        "checkpoint": TEXT,
        "response": TEXT,
    },
    rows=rows,
    counted=("transition", "on_policy"),
    options=(IMAGE_OPTION,),
)
