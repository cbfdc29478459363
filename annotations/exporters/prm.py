"""Process reward: `prompt, completions, labels`, one completion and one label a step, for a PRM's trainer.

Source: TRL's stepwise supervision (`PRMTrainer`, up to 1.13). It does `int(label)`, knows no null, and joins steps by
line breaks: so labels are true or false, line breaks inside a step become spaces, and where a step is unlabelled the
row ends before it, or is dropped, or (as whole numbers) the step is -100, which the loss leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.exporters.base import Item, Option
from annotations.exporters.chat import solve_prompt, steps_of
from annotations.exporters.features import FLAG, TEXT, WHOLE, Columns
from annotations.exporters.labels import LABELS, NEUTRAL, step_labels
from annotations.exporters.tables import Options, Skip, table_format

IGNORED = -100


def columns(options: Options) -> Columns:
    label = WHOLE if options["unlabelled"] == "minus_100" else FLAG
    return {"prompt": TEXT, "completions": [TEXT], "labels": [label], "problem": TEXT, "response": TEXT}


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        labels = step_labels(response, options)
        if labels is None:
            skip(f"no {options['labels']} label")
            continue
        told = _without_gaps(labels, options["unlabelled"])
        if not told:
            skip("no labelled step before the first unlabelled one" if None in labels else "no step")
            continue
        yield {
            "prompt": solve_prompt(item.problem),
            "completions": [" ".join(text.split("\n")) for text in steps_of(response)[: len(told)]],
            "labels": told,
            "problem": item.problem.key,
            "response": response.key,
        }


def _without_gaps(labels: list[bool | None], how: str) -> list[Any]:
    if all(label is None for label in labels):
        return []
    if how == "minus_100":
        return [IGNORED if label is None else int(label) for label in labels]
    if None not in labels:
        return list(labels)
    return [] if how == "drop" else list(labels[: labels.index(None)])


FORMAT = table_format(
    name="prm",
    group="process reward",
    title="Process reward (PRM)",
    help="One label a step, for TRL's PRM trainer and others: prompt, completions, labels.",
    columns=columns,
    rows=rows,
    options=(
        LABELS,
        NEUTRAL,
        Option(
            name="unlabelled",
            values=("truncate", "drop", "minus_100"),
            help="At an unlabelled step the row ends, or is dropped, or the step gets -100 (labels are then numbers).",
        ),
    ),
)
