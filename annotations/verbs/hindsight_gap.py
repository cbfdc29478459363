"""Foresight against hindsight: how people rated a critique before and after they saw what came of it (row 39)."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from annotations.models import Project, UsefulnessRating

VALUE = {"misled": -1, "no_difference": 0, "helped": 1}


def hindsight_gap(project: Project) -> dict[str, dict[str, Any]]:
    """By the critique's author: pairs of ratings, means of both (−1 misled … 1 helped), gap, how many changed.

    Of several ratings the last counts. Two queries at most.
    """
    rows = (
        UsefulnessRating.objects.filter(project=project).select_related("critique__author").order_by("rated_at", "id")
    )
    foresight: dict[tuple[Any, Any], str] = {}
    hindsight: dict[tuple[Any, Any, Any], tuple[str, str]] = {}
    for row in rows:
        if row.correction_id is None:
            foresight[row.author_id, row.critique_id] = row.rating
        else:
            hindsight[row.author_id, row.critique_id, row.correction_id] = (row.rating, row.critique.author.name)
    pairs: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for (author, critique, _), (rating, name) in hindsight.items():
        if (author, critique) in foresight:
            pairs[name].append((VALUE[foresight[author, critique]], VALUE[rating]))
    return {name: _told(held) for name, held in sorted(pairs.items())}


def _told(pairs: list[tuple[int, int]]) -> dict[str, Any]:
    moves = Counter("up" if after > before else "down" if after < before else "same" for before, after in pairs)
    before = sum(one for one, _ in pairs) / len(pairs)
    after = sum(one for _, one in pairs) / len(pairs)
    return {"pairs": len(pairs), "foresight": before, "hindsight": after, "gap": after - before, **moves}
