"""The last step names another result than the chain comes to."""

from __future__ import annotations

import random
from collections.abc import Sequence

from annotations.plants.base import NUMBER, Change, PlantKind, change_number


def find(steps: Sequence[str], generator: random.Random) -> Change | None:
    places = list(NUMBER.finditer(steps[-1])) if steps else []
    if not places or len(steps) < 2:
        return None
    match = places[-1]
    whole, point, fraction = match[0].partition(".")
    return change_number(len(steps), match, f"{int(whole) + generator.choice((1, 2, 5))}{point}{fraction}")


PLANT = PlantKind(
    name="wrong_final_answer",
    title="Wrong final answer",
    error_type="reasoning/logic",
    severity="decisive",
    explanation="The chain comes to another result.",
    find=find,
)
