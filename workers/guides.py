"""Which critiques guide a run of corrections, or are checked by a run of rollouts: one filter for both.

`guided_by` is "people", "critics", "reference" (the critique that the project holds to be right), or an author's name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from django.db.models import F, Q

from annotations.models import Critique, Reference
from annotations.models.critique import CritiqueQuerySet

KINDS = ("people", "critics", "reference")


def guiding_critiques(responses: Sequence[UUID], guided_by: str) -> CritiqueQuerySet:
    """The latest critiques of these responses under their present cut that this names, the oldest first."""
    critiques = Critique.objects.filter(response__in=responses, segmentation=F("response__segmentation")).latest()
    if guided_by == "people":
        critiques = critiques.by_people()
    elif guided_by == "critics":
        critiques = critiques.by_critics()
    elif guided_by == "reference":
        latest = Reference.objects.filter(response__in=responses).order_by("response_id", "-version")
        held = latest.distinct("response_id").values("critique_id")
        critiques = Critique.objects.filter(pk__in=held, segmentation=F("response__segmentation"))
    else:
        critiques = critiques.filter(Q(author__name=guided_by))
    return critiques.order_by("stored_at", "id")


def seed_for(run_seed: int, critique: Critique) -> int:
    """Another one for each critique, so that not every critique shows its first explanation. 32 bits."""
    text = f"{run_seed}/{critique.key or critique.pk}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
