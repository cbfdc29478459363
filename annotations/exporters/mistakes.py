"""Right and wrong rationales side by side, each marked, with the types of its errors (CoTErrorSet, METHODS.md row 41).

One row a chain that is decided whole: the mark stands at the end of the prompt, so that a model learns both polarities
apart (mistake tuning). `error_type` is that of the first error, null where nobody named one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.critique_facts import first_error
from annotations.core.schema import Critique
from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chain_text, chat_columns, chat_row, solve_prompt
from annotations.exporters.features import TEXT, WHOLE
from annotations.exporters.labels import LABELS, NEUTRAL, answer_label, step_labels, whole_label
from annotations.exporters.tables import Options, Skip, table_format

MARKS = {"right": "[CORRECT RATIONALE]", "wrong": "[INCORRECT RATIONALE]"}


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        steps = step_labels(response, options) or []
        labels = [answer_label(response, options), *steps]
        if False not in labels and None in labels:
            skip("a chain that is not decided whole")
            continue
        polarity = "wrong" if False in labels else "right"
        label = whole_label(response, options)
        types = _types(label) if label and polarity == "wrong" else {}
        first = first_error(label).step if label else None
        prompt = f"{solve_prompt(item.problem)}\n\n{MARKS[polarity]}"
        yield {
            **chat_row(item, options, prompt, completion=chain_text(response)),
            "polarity": polarity,
            "error_type": next(iter(types.get(first or 0, ())), None),
            "error_types": sorted({one for held in types.values() for one in held}),
            "first_error": first if polarity == "wrong" else None,
            "reference_answer": item.problem.reference_answer,
            "response": response.key,
        }


def _types(label: Critique) -> dict[int, list[str]]:
    """Error types by step."""
    return {
        judgment.step: [finding.error_type for finding in judgment.findings if finding.error_type]
        for judgment in label.judgments
    }


FORMAT = table_format(
    name="mistakes",
    group="critic training",
    title="Right and wrong rationales",
    help="Each chain marked right or wrong, with the types of its errors, to learn from mistakes.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "completion"),
        "polarity": TEXT,
        "error_type": TEXT,
        "error_types": [TEXT],
        "first_error": WHOLE,
        "reference_answer": TEXT,
        "response": TEXT,
    },
    rows=rows,
    counted=("polarity",),
    options=(LABELS, NEUTRAL, IMAGE_OPTION),
)
