"""Every item once before any twice, in the order in which they came."""

from annotations.strategies.base import Strategy, in_order

STRATEGY = Strategy(
    name="breadth_first",
    title="Breadth first",
    help="Every item once before any twice, as they came.",
    kind="order",
    ranks=lambda signals, uniforms: in_order(signals.position),
)
