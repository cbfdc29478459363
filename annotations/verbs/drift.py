"""What metrics/drift.py needs of a project's people, from rows: three queries, however many critiques."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from annotations.metrics.drift import Drift, Item, drift
from annotations.models import Critique, Judgment, Project

MOST_ITEMS = 20_000  # the newest so many of a project


def drifts(project: Project) -> dict[Any, Drift]:
    """Person's key → how they worked, over their own first readings."""
    read = (
        Critique.objects.filter(project=project, author__user__isnull=False, revision=1)
        .select_related("author", "response")
        .only("author__user", "response__source_text", "active_seconds", "stored_at")
        .order_by("-stored_at", "-id")[:MOST_ITEMS]
    )
    held = {critique.pk: critique for critique in read}
    verdicts: dict[UUID, dict[int, str]] = defaultdict(dict)
    judged = Judgment.objects.filter(critique__in=list(held), verdict__isnull=False)
    for key, number, verdict in judged.values_list("critique_id", "number", "verdict"):
        verdicts[key][number] = str(verdict)
    of_response: dict[UUID, list[UUID]] = defaultdict(list)
    for critique in held.values():
        of_response[critique.response_id].append(critique.pk)
    items: dict[Any, list[Item]] = defaultdict(list)
    for key, critique in held.items():
        others = [other for other in of_response[critique.response_id] if other != key]
        pairs = [
            (verdict, verdicts[other][number])
            for number, verdict in verdicts[key].items()
            for other in others
            if number in verdicts[other]
        ]
        items[critique.author.user_id].append(
            Item(
                key=str(key),
                at=critique.stored_at,
                words=len(critique.response.source_text.split()),
                seconds=critique.active_seconds,
                verdicts=tuple(verdicts[key].values()),
                shared=len(pairs),
                agreed=sum(one == other for one, other in pairs),
            )
        )
    return {person: drift(own) for person, own in items.items()}
