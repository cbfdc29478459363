"""The reveal's effect from the rows: each person's blind critique, its revision, and what was shown between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from annotations.metrics import reveal
from annotations.metrics.bootstrap import Figure, figures
from annotations.metrics.reveal import Seen
from annotations.metrics.versions import Versions
from annotations.models import Critique, Project, Reference, Showing
from annotations.models.records import critique_record


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealEffect:
    """Of one critic version: on how many critiques of people it rests, counts, and rates with intervals."""

    critic: str
    critiques: int
    counts: Mapping[str, int]
    figures: Mapping[str, Figure]


def reveal_effect(project: Project, versions: Versions | None = None, *, seed: int = 0) -> Sequence[RevealEffect]:
    """By critic version, for critiques whose response has a reference. A fixed number of queries."""
    versions = versions or Versions()
    later = Critique.objects.filter(
        project=project, stage="after_reveal", supersedes__stage="blind", segmentation=F("supersedes__segmentation")
    )
    pairs = list(later.values_list("pk", "supersedes_id", "response_id", "author_id", "stored_at", "problem_id"))
    responses = {response for _, _, response, *_ in pairs}
    references: dict[UUID, UUID] = {}
    for reference in Reference.objects.filter(response__in=responses).order_by("version"):
        references[reference.response_id] = reference.critique_id
    shown: dict[tuple[UUID, UUID], list[tuple[UUID, datetime]]] = defaultdict(list)
    for showing in Showing.objects.filter(
        project=project, correction=None, critique__author__kind="critic", critique__response__in=responses
    ).select_related("critique"):
        key = (showing.author_id, showing.critique.response_id)
        shown[key].append((showing.critique_id, showing.shown_at))
    wanted: set[UUID] = {row[0] for row in pairs} | {row[1] for row in pairs if row[1]} | set(references.values())
    wanted |= {critique for held in shown.values() for critique, _ in held}
    records = {row.pk: critique_record(row) for row in Critique.objects.filter(pk__in=wanted).whole()}
    by_critic: dict[str, list[Seen]] = defaultdict(list)
    for after, before, response, author, stored_at, problem in pairs:
        reference_key = references.get(response)
        if before is None or reference_key is None or reference_key in (after, before):
            continue
        for critic, shown_at in shown[author, response]:
            told = (records[before], records[after], records[critic], records[reference_key])
            if shown_at <= stored_at and len({len(one.judgments) for one in told}) == 1:
                by_critic[versions.name(told[2].author)].append(Seen(*told, group=str(problem)))
    return [
        RevealEffect(
            critic=name,
            critiques=len(seen),
            counts={column: int(value) for column, value in reveal.counts(seen).sums().items()},
            figures=figures(reveal.counts(seen), reveal.FORMULAS, seed=seed),
        )
        for name, seen in sorted(by_critic.items())
    ]
