"""Every item with the same chance: what an unbiased figure of the whole project rests on."""

import numpy as np

from annotations.strategies.base import Strategy, lottery

STRATEGY = Strategy(
    name="by_chance",
    title="By chance",
    help="Every item with the same chance: the figures speak for the whole project.",
    kind="lottery",
    ranks=lambda signals, uniforms: lottery(np.ones(len(uniforms)), uniforms),
)
