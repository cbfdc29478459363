"""Clusters where critics and people disagreed and an error was really found gain weight; broken ones fade (row 59).

A cluster's weight is its rate of real disagreements times its rate of items that were not broken, both with one item
of each sort added, so that a cluster nobody has seen yet stands in the middle.
"""

import numpy as np

from annotations.strategies.base import Floats, Ranks, Signals, Strategy, lottery


def cluster_weights(signals: Signals) -> Floats:
    """(clusters,)."""
    count = int(signals.cluster.max()) + 1 if len(signals.cluster) else 0

    def held(values: Floats) -> Floats:
        return np.bincount(signals.cluster, weights=values, minlength=count).astype(float)

    judged, broken = held(signals.judged), held(signals.broken)
    return (held(signals.real) + 1) / (judged + 2) * (1 - broken / (judged + broken + 1))


def ranks(signals: Signals, uniforms: Floats) -> Ranks:
    return lottery(cluster_weights(signals)[signals.cluster], uniforms)


STRATEGY = Strategy(
    name="reweighted",
    title="Reweighted",
    help="More of clusters where critics and people disagreed and an error was found; less of broken ones.",
    kind="lottery",
    ranks=ranks,
)
