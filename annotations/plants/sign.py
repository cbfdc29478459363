"""Plus for minus, or minus for plus, between two terms."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from annotations.plants.base import Change, PlantKind

_BETWEEN = re.compile(r"(?<=[\w)%}] )[-+−](?= [\w(\\])")


def find(steps: Sequence[str], generator: random.Random) -> Change | None:
    places = [(number, match) for number, step in enumerate(steps, 1) for match in _BETWEEN.finditer(step)]
    if not places:
        return None
    number, match = generator.choice(places)
    return Change(step=number, start=match.start(), end=match.end(), text="+" if match[0] != "+" else "−")


PLANT = PlantKind(
    name="sign",
    title="Sign",
    error_type="reasoning/algebra",
    severity="decisive",
    explanation="The sign is the wrong one.",
    find=find,
)
