"""As many items of each class as of any other (SORRY-Bench; METHODS.md row 60).

An item's class is the error type that the critics name first, or none.
"""

from annotations.strategies.base import Strategy, shares

STRATEGY = Strategy(
    name="class_balanced",
    title="Class-balanced",
    help="As many items of each error type that critics name as of any other, those without one included.",
    kind="shares",
    ranks=lambda signals, uniforms: shares(signals.kind, None, uniforms),
)
