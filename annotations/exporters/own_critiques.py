"""Synthetic training pairs that a critic made by itself, filtered by its own consistency (SELF-GUIDE, row 37).

Of several samples by one critic of one chain, the one that agrees most with the others is the target, where that
agreement reaches the bound and nothing of it failed to parse. No label of a person was used: every row says
`synthetic`; `synthetic_chain` says that the chain's problem is tagged so as well. Source: METHODS.md row 37.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from statistics import mean
from typing import Any

from annotations.core.schema import Critique
from annotations.exporters.base import Item, Option
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row, critique_prompt, critique_text
from annotations.exporters.facts import same_verdicts
from annotations.exporters.features import FLAG, NUMBER, TEXT, WHOLE
from annotations.exporters.labels import critics_of
from annotations.exporters.tables import Options, Skip, table_format

SYNTHETIC = "synthetic"  # the tag of problems whose chains were made with errors on purpose


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    bound = int(options["agreement"]) / 100
    for response in item.problem.responses:
        samples: dict[tuple[str, str], list[Critique]] = defaultdict(list)
        for critique in critics_of(response):
            samples[critique.author.name, critique.run].append(critique)
        for (critic, run), held in samples.items():
            if len(held) < 2:
                skip("a critic with one sample of the chain")
                continue
            agreed = [mean(same_verdicts(one, other) for other in held if other is not one) for one in held]
            best = max(range(len(held)), key=lambda place: (agreed[place], -place))
            if agreed[best] < bound or any(judgment.state == "unparsed" for judgment in held[best].judgments):
                skip("samples that do not agree among themselves")
                continue
            yield {
                **chat_row(
                    item,
                    options,
                    critique_prompt(item.problem, response),
                    completion=critique_text(held[best]),
                ),
                "synthetic": True,
                "synthetic_chain": SYNTHETIC in item.problem.tags,
                "critic": critic,
                "model": held[best].author.model,
                "run": run,
                "agreement": agreed[best],
                "samples": len(held),
                "response": response.key,
            }


FORMAT = table_format(
    name="own_critiques",
    group="critic training",
    title="A critic's own synthetic pairs",
    help="For SFT of a critic on what it made itself, filtered by its own consistency. Marked synthetic.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "completion"),
        "synthetic": FLAG,
        "synthetic_chain": FLAG,
        "critic": TEXT,
        "model": TEXT,
        "run": TEXT,
        "agreement": NUMBER,
        "samples": WHOLE,
        "response": TEXT,
    },
    rows=rows,
    counted=("synthetic", "critic"),
    options=(
        Option(name="agreement", values=("80", "50", "100"), help="At least this agreement of samples, in percent."),
        IMAGE_OPTION,
    ),
)
