"""What the critics are least sure of first; items that no critic has read come last, as they came."""

from annotations.strategies.base import Strategy, in_order

STRATEGY = Strategy(
    name="uncertain_first",
    title="Uncertain first",
    help="What the critics are least sure of, or disagree on, first.",
    kind="order",
    ranks=lambda signals, uniforms: in_order(-signals.uncertainty, signals.position),
)
