"""Spliced recovery traces: good steps, the first wrong one, what is wrong with it, and how it goes on right (row 34).

The first error is the earliest step with an error of its own; nothing of the chain behind it is in the row. It goes on
with a correction that was verified to come out right, from where that leaves the good steps; where there is none, with
the step as its finding corrects it alone (`continued_by` tells which). Source: Agent-R (METHODS.md row 34).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotations.core.critique_facts import first_error
from annotations.core.schema import Critique, Response
from annotations.exporters.base import Item
from annotations.exporters.chat import IMAGE_OPTION, chat_columns, chat_row, solve_prompt, steps_of
from annotations.exporters.features import TEXT, WHOLE
from annotations.exporters.labels import LABELS, whole_label
from annotations.exporters.tables import Options, Skip, table_format

TURN = "Wait, this step is wrong."


def rows(item: Item, options: Options, skip: Skip) -> Iterator[Mapping[str, Any]]:
    for response in item.problem.responses:
        label = whole_label(response, options)
        first = first_error(label) if label else None
        if label is None or first is None or first.step is None or not first.certain:
            skip("a chain without a certain first error")
            continue
        steps = steps_of(response)
        good, bad = list(steps[: first.step - 1]), steps[first.step - 1]
        onward, continued_by = _onward(item, response, label, first.step, good)
        if not onward:
            skip("a first error that nobody put right")
            continue
        why = " ".join(
            text for finding in label.judgments[first.step - 1].findings for text in finding.explanations[:1]
        ).strip()
        reflection = f"{TURN} {why}".strip()
        yield {
            **chat_row(
                item, options, solve_prompt(item.problem), completion="\n".join([*good, bad, reflection, *onward])
            ),
            "good_steps": good,
            "wrong_step": bad,
            "critique": why,
            "continuation": onward,
            "first_error": first.step,
            "continued_by": continued_by,
            "response": response.key,
        }


def _onward(item: Item, response: Response, label: Critique, step: int, good: list[str]) -> tuple[list[str], str]:
    for correction in item.problem.responses:
        effect = correction.effect
        if correction.revises == response.key and effect and effect.after == "right" and effect.left_out is None:
            theirs = list(steps_of(correction))
            return (theirs[len(good) :] if theirs[: len(good)] == good else theirs), "correction"
    texts = [finding.corrected_text for finding in label.judgments[step - 1].findings if finding.corrected_text]
    return texts[:1], "corrected_step"


FORMAT = table_format(
    name="recoveries",
    group="self-correction",
    title="Spliced recoveries",
    help="For SFT: good steps, the first wrong one, what is wrong with it, and how the chain goes on right.",
    columns=lambda options: {
        **chat_columns(options, "prompt", "completion"),
        "good_steps": [TEXT],
        "wrong_step": TEXT,
        "critique": TEXT,
        "continuation": [TEXT],
        "first_error": WHOLE,
        "continued_by": TEXT,
        "response": TEXT,
    },
    rows=rows,
    counted=("continued_by",),
    options=(LABELS, IMAGE_OPTION),
)
