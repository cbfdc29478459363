"""Preference from rollouts: of the continuations of one prefix, one that came out right against one that did not.

Chosen and rejected share their prefix to the letter, which stands in the prompt. Each right continuation is set beside
one wrong one, none is used twice; prefixes where all came out alike make no row. Source: METHODS.md rows 19 and 55.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.rollout_facts import preference_pairs
from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row
from annotations.exporters.facts import prefix_of, tally_of, with_prefix
from annotations.exporters.features import FLAG, NUMBER, TEXT, WHOLE
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        for rollouts in response.rollout_sets:
            try:
                prefix = prefix_of(response, rollouts)
            except LookupError as missing:
                skip(str(missing.args[0]))
                continue
            pairs = preference_pairs([one.outcome for one in rollouts.rollouts])
            if not pairs:
                skip("rollouts that came out alike")
            for pair in pairs:
                yield {
                    **chat_row(
                        item,
                        options,
                        with_prefix(item.problem, prefix),
                        chosen=rollouts.rollouts[pair.chosen].text,
                        rejected=rollouts.rollouts[pair.rejected].text,
                    ),
                    "response": response.key,
                    "after_step": rollouts.after_step,
                    "corrected": rollouts.critique is not None,
                    "success": tally_of(rollouts).success,
                    "rollouts_by": rollouts.generator.name,
                    "rollout_set": rollouts.key,
                }


FORMAT = table_format(
    name="rollout_pairs",
    group="preference",
    title="Preference: rollouts of one prefix",
    help="For DPO: of the continuations of one prefix, one that came out right is chosen over one that did not.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "chosen", "rejected"),
        "response": TEXT,
        "after_step": WHOLE,
        "corrected": FLAG,
        "success": NUMBER,
        "rollouts_by": TEXT,
        "rollout_set": TEXT,
    },
    rows=rows,
    options=(IMAGE_OPTION,),
)
