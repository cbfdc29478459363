"""One too many, or one too few: a small number in a step that only looks."""

from __future__ import annotations

import random
from collections.abc import Sequence

from annotations.plants.base import Change, PlantKind, change_number, numbers


def find(steps: Sequence[str], generator: random.Random) -> Change | None:
    places = numbers(steps, lambda step: "=" not in step)
    places = [(number, match) for number, match in places if match[0].isdigit() and 2 <= int(match[0]) <= 20]
    if not places:
        return None
    number, match = generator.choice(places)
    return change_number(number, match, str(int(match[0]) + generator.choice((-1, 1))))


PLANT = PlantKind(
    name="count",
    title="Count",
    error_type="perception/count",
    severity="decisive",
    explanation="It is one more or one less than was counted.",
    find=find,
)
