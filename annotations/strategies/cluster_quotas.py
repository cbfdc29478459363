"""As many items of every cluster as of any other, in a random order within each (METHODS.md row 59)."""

from annotations.strategies.base import Strategy, shares

STRATEGY = Strategy(
    name="cluster_quotas",
    title="Cluster quotas",
    help="As many items of each cluster (superskill and skill) as of any other.",
    kind="shares",
    ranks=lambda signals, uniforms: shares(signals.cluster, None, uniforms),
)
