"""Items go first to people who have their skill; whoever has none of the skills gets them when nothing else is left."""

import numpy as np

from annotations.strategies.base import Strategy, lottery

STRATEGY = Strategy(
    name="matched_to_skills",
    title="Matched to skills",
    help="Items go first to people who have the item's skill (set per member, or earned by a quiz).",
    kind="lottery",
    ranks=lambda signals, uniforms: lottery(np.ones(len(uniforms)), uniforms),
    by_skill=True,
)
