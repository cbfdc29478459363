"""Payback: what the reference says of what a person submitted, and why, where the project opens it.

Not of gold: who has read an item's truth could tell others, who are still to be given it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotations.core import schema
from annotations.models import Critique, GoldItem, Provenance, Reference
from annotations.models.records import critique_record


@dataclass(frozen=True, slots=True)
class Payback:
    """A version of the reference as a record; `whys` by (step, finding), (0, None) for the answer."""

    version: int
    record: schema.Critique
    whys: dict[tuple[int, int | None], str]


def payback_of(own: Critique, by: Any) -> Payback | None:
    """Of the person's own critique alone; None where the project shows no references, or has none to show."""
    if own.author.user_id != by.pk or not own.project.show_references:
        return None
    if GoldItem.objects.filter(response=own.response_id).exists():
        return None
    newest = Reference.objects.filter(response=own.response_id).order_by("-version").first()
    if newest is None or newest.critique_id == own.pk:
        return None
    critique = Critique.objects.whole().get(pk=newest.critique_id)
    if critique.segmentation != own.segmentation:
        return None
    told = Provenance.objects.filter(critique=critique).values_list("step", "finding", "why")
    return Payback(newest.version, critique_record(critique), {(step, finding): why for step, finding, why in told})
