"""Two neighbouring steps in the wrong order: the first of them rests on what is not yet there."""

from __future__ import annotations

import random
from collections.abc import Sequence

from annotations.plants.base import Change, PlantKind


def find(steps: Sequence[str], generator: random.Random) -> Change | None:
    places = [number for number in range(1, len(steps) - 1) if steps[number - 1].strip() != steps[number].strip()]
    if not places:
        return None
    number = generator.choice(places)
    whole = len(steps[number - 1])
    return Change(step=number, start=0, end=whole, text=steps[number], also=((number + 1, steps[number - 1]),))


PLANT = PlantKind(
    name="swapped_step",
    title="Step before its premise",
    error_type="reasoning/logic",
    severity="decisive",
    explanation="The step rests on what has not been shown yet.",
    find=find,
)
