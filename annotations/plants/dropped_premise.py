"""A premise is dropped: what a step says under a condition is said without it."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from annotations.plants.base import Change, PlantKind

_CONDITION = re.compile(
    r"(?:,? (?:because|since|as long as|if|given that|only if|provided that) [^.,;=]{4,80})(?=[.,;])"
)


def find(steps: Sequence[str], generator: random.Random) -> Change | None:
    places = [(number, match) for number, step in enumerate(steps, 1) for match in _CONDITION.finditer(step)]
    if not places:
        return None
    number, match = generator.choice(places)
    return Change(step=number, start=match.start(), end=match.end(), text=" in any case")


PLANT = PlantKind(
    name="dropped_premise",
    title="Dropped premise",
    error_type="reasoning/premise",
    severity="minor",
    explanation="It holds only under a premise that was dropped.",
    find=find,
)
