"""Quality against cost: who is beaten, and a leaderboard under weights of one's own (METHODS.md row 23)."""

from __future__ import annotations

from collections.abc import Mapping


def pareto_front(measured: Mapping[str, tuple[float, float]]) -> set[str]:
    """`measured`: name → (cost, quality). On the front is whom nobody beats, being no dearer and no worse.

    Two with the same cost and quality do not beat each other.
    """

    def beaten(name: str) -> bool:
        cost, quality = measured[name]
        return any(
            other_cost <= cost and other_quality >= quality and (other_cost, other_quality) != (cost, quality)
            for other_cost, other_quality in measured.values()
        )

    return {name for name in measured if not beaten(name)}


def leaderboard(measured: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]) -> list[tuple[str, float]]:
    """Weighted means of min–max scaled columns, best first. `measured`: name → column → value, higher is better.

    A negative weight turns a column round (cost). A column that is the same for all says nothing and counts 0; a name
    that lacks a column is left out. Ties keep the order of the names.
    """
    columns = [column for column, weight in weights.items() if weight]
    rows = {name: one for name, one in measured.items() if all(column in one for column in columns)}
    total = sum(abs(weights[column]) for column in columns)
    scores = dict.fromkeys(rows, 0.0)
    for column in columns:
        values = [one[column] for one in rows.values()]
        low, high = min(values, default=0.0), max(values, default=0.0)
        for name, one in rows.items():
            share = (one[column] - low) / (high - low) if high > low else 0.0
            scores[name] += weights[column] * share if weights[column] > 0 else -weights[column] * (1 - share)
    return sorted(((name, score / total) for name, score in scores.items()), key=lambda item: -item[1])
