"""All people of an item before the next item begins, so that finished items come early."""

from annotations.strategies.base import Strategy, in_order

STRATEGY = Strategy(
    name="depth_first",
    title="Depth first",
    help="All people of an item before the next one, so that finished items come early.",
    kind="order",
    ranks=lambda signals, uniforms: in_order(signals.position),
    deep=True,
)
