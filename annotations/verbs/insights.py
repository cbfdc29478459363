"""The project's report, made once for what there is: page, API and shell read the same values.

What the figures rest on is told by a fingerprint of the project's tables: how many rows, and the newest. While it
stands, the stored report is given; when anything changed, it is made anew and stored. Two that make it at once store
the same.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Max

from annotations.core.taxonomy import parse_taxonomy
from annotations.exporters.base import formats
from annotations.metrics.report import report
from annotations.metrics.versions import Versions
from annotations.models import (
    Author,
    CourtRuling,
    Critique,
    Effect,
    Project,
    Reference,
    ReportCache,
    Response,
    TaxonomyVersion,
    UsefulnessRating,
)
from annotations.models.figure_records import figure_records
from annotations.models.outcome_records import author_record
from annotations.verbs.court_report import court_report
from annotations.verbs.hindsight_gap import hindsight_gap
from annotations.verbs.probability import inclusion
from annotations.verbs.publish_filter import Filter
from annotations.verbs.reveal_effect import reveal_effect

FORM = 2  # of the stored value: a new form makes all of them anew
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Insights:
    """`told` is plain JSON: what the API gives, the shell prints and the pages show. `seconds`: to make it."""

    told: Mapping[str, Any]
    seconds: float
    is_fresh: bool


def project_report(project: Project, *, seed: int = 0, resamples: int = RESAMPLES) -> Insights:
    """The stored report where nothing changed since. Other seeds and resamples are made, never stored."""
    if (seed, resamples) != (0, RESAMPLES):
        return Insights(_made(project, seed, resamples), 0.0, is_fresh=True)
    now = fingerprint(project)
    held = ReportCache.objects.filter(project=project, fingerprint=now).first()
    if held is not None:
        return Insights(held.told, held.seconds, is_fresh=False)
    began = time.perf_counter()
    told = _made(project, seed, resamples)
    seconds = time.perf_counter() - began
    ReportCache.objects.update_or_create(
        project=project, defaults={"fingerprint": now, "told": told, "seconds": seconds}
    )
    return Insights(told, seconds, is_fresh=True)


def fingerprint(project: Project) -> str:
    """Of all that a figure rests on; rows are only ever added, so counts and newest times tell every change."""
    rows = (
        Critique.objects.filter(project=project).aggregate(Count("pk"), Max("stored_at")),
        Reference.objects.filter(response__project=project).aggregate(Count("pk"), Max("created_at")),
        Effect.objects.filter(project=project).aggregate(Count("pk"), Max("created_at")),
        Response.objects.filter(project=project).aggregate(Count("pk"), Max("created_at")),
        Response.objects.filter(project=project, segmentation__gt=1).aggregate(Count("pk"), Max("segmentation")),
        CourtRuling.objects.filter(case__project=project).aggregate(Count("pk"), Max("ruled_at")),
        UsefulnessRating.objects.filter(project=project).aggregate(Count("pk"), Max("rated_at")),
        TaxonomyVersion.objects.filter(project=project).aggregate(Max("number")),
        {"open": project.court_cases.count(), "assigned": project.assignments.count()},
        {"matching": asdict(project.matching), "court_rulings": project.court_rulings, "form": FORM},
    )
    return hashlib.sha256(json.dumps(rows, default=str, sort_keys=True).encode()).hexdigest()


def version_names(project: Project) -> tuple[Versions, dict[str, list[UUID]]]:
    """Names of authors in the order in which they came, and whose rows each name stands for."""
    versions = Versions()
    rows: dict[str, list[UUID]] = {}
    for author in Author.objects.filter(project=project).order_by("created_at", "id"):
        rows.setdefault(versions.name(author_record(author)), []).append(author.pk)
    return versions, rows


def first_level_types(project: Project) -> tuple[str, ...]:
    latest = project.taxonomies.order_by("-number").values_list("tree", flat=True).first()
    return tuple(kind.code for kind in parse_taxonomy(latest).types) if latest else ()


def _made(project: Project, seed: int, resamples: int) -> dict[str, Any]:
    filter = Filter()
    chosen = filter.critiques(project, formats()["visco"])
    versions, _ = version_names(project)
    found = report(
        figure_records(project, chosen, filter.responses(), reached=inclusion(project)),
        seed=seed,
        resamples=resamples,
        versions=versions,
        types=first_level_types(project),
        weights=project.matching,
    )
    told = asdict(found)
    told["court"] = asdict(court_report(project, versions, seed=seed, resamples=resamples))
    told["reveal"] = [asdict(one) for one in reveal_effect(project, versions, seed=seed)]
    told["hindsight"] = hindsight_gap(project)
    told["reference"] = _reference(project)
    told["matching"] = asdict(project.matching)
    told["seed"], told["resamples"] = seed, resamples
    return _plain(told)


def _reference(project: Project) -> dict[str, Any]:
    """Which references the figures are held against: how many of each kind, and the newest version and time."""
    newest = Reference.objects.filter(response__project=project)
    kinds: Iterable[Any] = newest.values_list("kind").annotate(Count("response", distinct=True)).order_by("kind")
    last = newest.aggregate(version=Max("version"), at=Max("created_at"))
    return {"kinds": dict(kinds), "version": last["version"], "at": last["at"].isoformat() if last["at"] else None}


def _plain(value: Any) -> Any:
    """Tuples become lists, as JSON has them, so that a report just made equals the same one stored."""
    return json.loads(json.dumps(value, default=str))
