"""Preference among N critiques of one critic: the one that agrees most with the label, against the least (row 2).

Agreement is the share of labelled steps on which verdicts are the same; an unparsed judgment agrees with nothing.
Chains without a label, and critics whose samples all agree alike, make no row. Source: METHODS.md row 2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from annotations.core.critique_facts import visco_label
from annotations.core.schema import Critique
from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row, critique_prompt, critique_text
from annotations.exporters.features import NUMBER, TEXT
from annotations.exporters.labels import LABELS, NEUTRAL, critics_of, step_labels
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        labels = step_labels(response, options)
        if labels is None or all(label is None for label in labels):
            skip(f"no {options['labels']} label")
            continue
        samples: dict[tuple[str, str], list[Critique]] = defaultdict(list)
        for critique in critics_of(response):
            samples[critique.author.name, critique.author.model].append(critique)
        for (name, model), held in samples.items():
            ranked = sorted(held, key=lambda critique: agreement(critique, labels))
            worst, best = agreement(ranked[0], labels), agreement(ranked[-1], labels)
            if best == worst:
                skip("a critic whose critiques of the chain agree alike with the label")
                continue
            yield {
                **chat_row(
                    item,
                    options,
                    critique_prompt(item.problem, response),
                    chosen=critique_text(ranked[-1]),
                    rejected=critique_text(ranked[0]),
                ),
                "response": response.key,
                "critic": name,
                "model": model,
                "chosen_agreement": best,
                "rejected_agreement": worst,
            }


def agreement(critique: Critique, labels: Sequence[bool | None]) -> float:
    """From 0 to 1, over labelled steps."""
    pairs = [
        (visco_label(judgment), label)
        for judgment, label in zip(critique.judgments, labels, strict=True)
        if label is not None
    ]
    return sum(said == label for said, label in pairs) / len(pairs)


FORMAT = table_format(
    name="best_against_worst",
    group="preference",
    title="Preference: best against worst critique",
    help="For DPO of a critic: of several critiques by one critic, the one that agrees most with the label is chosen.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "chosen", "rejected"),
        "response": TEXT,
        "critic": TEXT,
        "model": TEXT,
        "chosen_agreement": NUMBER,
        "rejected_agreement": NUMBER,
    },
    rows=rows,
    options=(LABELS, NEUTRAL, IMAGE_OPTION),
)
