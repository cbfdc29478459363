"""By the priority that a lead gave, higher first; among equals as they came."""

from annotations.strategies.base import Strategy, in_order

STRATEGY = Strategy(
    name="by_priority",
    title="By priority",
    help="Items with a higher priority first.",
    kind="order",
    ranks=lambda signals, uniforms: in_order(-signals.priority, signals.position),
)
