"""The worse a chain is predicted to be, the sooner a person sees it (Self-J's routing; METHODS.md row 10).

Drawn by chance, so that figures can be reweighted. An item that no critic has read counts as the mean.
"""

import numpy as np

from annotations.strategies.base import Floats, Ranks, Signals, Strategy, lottery


def ranks(signals: Signals, uniforms: Floats) -> Ranks:
    known = ~np.isnan(signals.quality)
    mean = signals.quality[known].mean() if known.any() else 0.5
    return lottery(1.0 - np.where(known, signals.quality, mean) + 0.05, uniforms)


STRATEGY = Strategy(
    name="predicted_quality",
    title="Predicted quality",
    help="The worse the critics predict a chain to be, the likelier a person sees it soon.",
    kind="lottery",
    ranks=ranks,
)
