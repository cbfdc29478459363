"""A sum comes out wrong: the number after the last equals sign of a step."""

from __future__ import annotations

import random
from collections.abc import Sequence

from annotations.plants.base import NUMBER, Change, PlantKind, change_number


def find(steps: Sequence[str], generator: random.Random) -> Change | None:
    places = [
        (number, match)
        for number, step in enumerate(steps, 1)
        if "=" in step and (match := NUMBER.search(step, step.rindex("=")))
    ]
    if not places:
        return None
    number, match = generator.choice(places)
    whole, point, fraction = match[0].partition(".")
    by = generator.choice([1, 2, 10]) if len(whole) > 1 else 1
    value = int(whole) + by if generator.random() < 0.5 or int(whole) < by else int(whole) - by
    return change_number(number, match, f"{value}{point}{fraction}")


PLANT = PlantKind(
    name="arithmetic",
    title="Arithmetic",
    error_type="reasoning/arithmetic",
    severity="decisive",
    explanation="The result does not follow from its terms.",
    find=find,
)
