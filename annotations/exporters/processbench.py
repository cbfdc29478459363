"""ProcessBench's form: the first wrong step, counted from 0, -1 for none.

Source: Zheng et al. 2024. Only chains whose first error is certain: a step left undecided before it, or anywhere where
no error was found, makes no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.critique_facts import first_error
from annotations.exporters.base import Item
from annotations.exporters.chat import question_text, steps_of
from annotations.exporters.features import FLAG, TEXT, WHOLE
from annotations.exporters.labels import LABELS, answer_label, whole_label
from annotations.exporters.tables import Options, Skip, table_format


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        label = whole_label(response, options)
        if label is None:
            skip(f"no {options['labels']} label")
            continue
        first = first_error(label)
        if not first.certain:
            skip("a first error that is not certain")
            continue
        yield {
            "id": response.key,
            "generator": response.generator,
            "problem": question_text(item.problem),
            "steps": list(steps_of(response)),
            "final_answer_correct": answer_label(response, options),
            "label": -1 if first.step is None else first.step - 1,
        }


FORMAT = table_format(
    name="processbench",
    group="process reward",
    title="ProcessBench",
    help="The first wrong step of each chain, counted from 0, -1 for none.",
    columns=lambda options: {
        "id": TEXT,
        "generator": TEXT,
        "problem": TEXT,
        "steps": [TEXT],
        "final_answer_correct": FLAG,
        "label": WHOLE,
    },
    rows=rows,
    options=(LABELS,),
)
