"""Supervised fine-tuning of a critic: chain in, critique out. With `mix`, S3FT's choice of whose critique (row 26).

`label`: every chain with a label gives that critique. `s3ft`: where the critic's own critique comes to the same
verdicts as the label, its own words are the target, so that the model learns from what it could have said; otherwise
the label's. `source` says which. Source: S3FT (METHODS.md row 26).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.critique_facts import visco_label
from annotations.core.schema import Critique
from annotations.exporters.base import Item, Option
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row, critique_prompt, critique_text
from annotations.exporters.features import TEXT
from annotations.exporters.labels import LABELS, critics_of, whole_label
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        label = whole_label(response, options)
        if label is None:
            skip(f"no {options['labels']} label")
            continue
        own = None
        if options["mix"] == "s3ft":
            own = next((one for one in critics_of(response) if _verdicts(one) == _verdicts(label)), None)
        target = own or label
        yield {
            **chat_row(item, options, critique_prompt(item.problem, response), completion=critique_text(target)),
            "source": "critic" if own else label.reference or "person",
            "response": response.key,
        }


def _verdicts(critique: Critique) -> list[Any]:
    return [critique.answer.verdict, *(visco_label(judgment) for judgment in critique.judgments)]


FORMAT = table_format(
    name="sft_critic",
    group="critic training",
    title="Critic training (SFT)",
    help="For SFT of a critic: the chain is the prompt, the critique the completion.",
    columns=lambda options: {**chat_columns(options, "prompt", "completion"), "source": TEXT, "response": TEXT},
    rows=rows,
    counted=("source",),
    options=(
        LABELS,
        Option(
            name="mix",
            values=("label", "s3ft"),
            help="Whose words: the label's always, or the critic's own where it came to the same verdicts (S3FT).",
        ),
        IMAGE_OPTION,
    ),
)
