"""A value is read wrongly: a number in a step that only looks, without reckoning."""

from __future__ import annotations

import random
from collections.abc import Sequence

from annotations.plants.base import Change, PlantKind, change_number, numbers


def find(steps: Sequence[str], generator: random.Random) -> Change | None:
    places = numbers(steps, lambda step: "=" not in step)
    places = [(number, match) for number, match in places if len(match[0].replace(".", "")) > 1]
    if not places:
        return None
    number, match = generator.choice(places)
    digits = [place for place, letter in enumerate(match[0]) if letter.isdigit()]
    at = generator.choice(digits)
    other = generator.choice([digit for digit in "123456789" if digit != match[0][at]])
    return change_number(number, match, match[0][:at] + other + match[0][at + 1 :])


PLANT = PlantKind(
    name="misread_value",
    title="Misread value",
    error_type="perception/text_reading",
    severity="decisive",
    explanation="The value was read wrongly.",
    find=find,
)
