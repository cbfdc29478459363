"""Weak supervision: a tuned critic's critique against that of its untuned base, on chains without a label (row 27).

Nobody checked that the tuned one is right: every row says `weak`, and such rows are in no other format. Which critic is
the base of which is told by the options, or by the setting `base_of` of the base, which names the tuned critic.
`iteration` counts the tuned critic's runs on the chain. Identical texts make no row. Source: PuzzleBen (METHODS.md
row 27).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.schema import Critique, Response
from annotations.exporters.base import Item, Option
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row, critique_prompt, critique_text
from annotations.exporters.features import FLAG, TEXT, WHOLE
from annotations.exporters.labels import critics_of, people_of, reference_of
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        if options["chains"] == "unlabelled" and (reference_of(response) or people_of(response)):
            skip("a chain that has a label")
            continue
        for strong, weak, iteration in _pairs(response, options):
            chosen, rejected = critique_text(strong), critique_text(weak)
            if chosen == rejected:
                skip("a tuned critic that says what its base says")
                continue
            yield {
                **chat_row(item, options, critique_prompt(item.problem, response), chosen=chosen, rejected=rejected),
                "weak": True,
                "strong_critic": strong.author.name,
                "weak_critic": weak.author.name,
                "iteration": iteration,
                "response": response.key,
            }


def _pairs(response: Response, options: Options) -> Iterator[tuple[Critique, Critique, int]]:
    """Each run of a tuned critic beside the latest critique of its base."""
    by_name: dict[str, list[Critique]] = defaultdict(list)
    for critique in critics_of(response):
        by_name[critique.author.name].append(critique)
    if options["strong"] and options["base"]:
        couples = {(options["strong"], options["base"])}
    else:
        couples = {
            (str(held[-1].author.settings["base_of"]), name)
            for name, held in by_name.items()
            if held[-1].author.settings.get("base_of")
        }
    for strong, base in sorted(couples):
        if by_name.get(base):
            for iteration, critique in enumerate(by_name.get(strong, ()), 1):
                yield critique, by_name[base][-1], iteration


FORMAT = table_format(
    name="strong_weak",
    group="preference",
    title="Preference: tuned critic against its base (weak)",
    help="For DPO of a critic on chains without a label: the tuned critic is chosen over its base. Nobody checked it.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "chosen", "rejected"),
        "weak": FLAG,
        "strong_critic": TEXT,
        "weak_critic": TEXT,
        "iteration": WHOLE,
        "response": TEXT,
    },
    rows=rows,
    counted=("weak",),
    options=(
        Option(name="strong", free=True, help="The tuned critic's name; empty: as the bases' settings say."),
        Option(name="base", free=True, help="Its untuned base's name."),
        Option(name="chains", values=("unlabelled", "all"), help="Only chains that nobody judged, or all."),
        IMAGE_OPTION,
    ),
)
