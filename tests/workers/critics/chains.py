"""A chain with a planted error in its second step, which the third inherits; whether a critique of it may be stored."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from annotations.core.schema import Critique, Response, StepRange
from annotations.core.taxonomy import DEFAULT_TAXONOMY
from annotations.core.validation import check_critique
from workers.critics.base import Chain

STEPS = (
    "The blue bar reaches 40.",
    "The red bar reaches 70.",
    "Together they reach 40 + 70 = 110.",
)
RIGHT = {"verdict": "correct"}
MISREAD = {
    "verdict": "incorrect",
    "quote": "reaches 70",
    "explanation": "The red bar ends at 60.",
    "error_type": "perception/chart_reading",
    "own_error": True,
    "inherits_from": [],
    "correction": "The red bar reaches 60.",
}
CARRIED = {
    "verdict": "incorrect",
    "quote": "40 + 70",
    "explanation": "It adds the misread value.",
    "error_type": "perception/chart_reading",
    "own_error": False,
    "inherits_from": [2],
    "correction": "Together they reach 40 + 60 = 100.",
}
PLANTED = {"step_1": RIGHT, "step_2": MISREAD, "step_3": CARRIED, "answer": "incorrect"}


def a_chain(**changes: Any) -> Chain:
    chain = Chain(
        question="How much do the two bars reach together?",
        steps=STEPS,
        answer="110",
        images=(b"picture",),
        image_lines=(("40", "60"),),
        error_types=DEFAULT_TAXONOMY.codes(),
    )
    return dataclasses.replace(chain, **changes)


def assert_submittable(written: Critique, chain: Chain) -> None:
    def ranges() -> Iterator[StepRange]:
        end = 0
        for step in chain.steps:
            yield StepRange(start=end, end=end + len(step))
            end += len(step)

    response = Response(key="r", source_text="".join(chain.steps), steps=tuple(ranges()))
    scale = ("correct", "incorrect")
    assert check_critique(written, response, scale=scale, taxonomy=DEFAULT_TAXONOMY, images=1) == []
