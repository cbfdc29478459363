"""A version's manifest: what it holds, by whom, under which licences, and the SHA-256 of every file.

People are told by number alone: a manifest names none.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet

from annotations.core import schema
from annotations.core.codec import SCHEMA_VERSION
from annotations.models import Author, Critique, Dataset
from annotations.verbs.snapshot_folder import SnapshotFolder


@dataclass(slots=True)
class Tally:
    """What went by on its way into the files; `sources` is known before."""

    sources: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)

    def add(self, problem: schema.Problem) -> None:
        self.licences[problem.licence or "not given"] += 1
        self.counts["problems"] += 1
        self.counts["images"] += len(problem.images)
        for response in problem.responses:
            self.counts["responses"] += 1
            self.counts["steps"] += len(response.steps or ())
            self.counts["critiques"] += len(response.critiques)


def manifest(
    dataset: Dataset, version: int, *, recipe: dict[str, Any], files: SnapshotFolder, tally: Tally, at: datetime
) -> dict[str, Any]:
    """recipe: the filter and options of this very version, as JSON. `counts` are of the project's records read."""
    return {
        "dataset": dataset.name,
        "version": version,
        "parent_version": version - 1 or None,
        "created_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "description": dataset.description,
        "format": dataset.format,
        "options": recipe["options"],
        "filter": recipe["filter"],
        "schema_version": SCHEMA_VERSION,
        "app_version": app_version(),
        "counts": {name: tally.counts[name] for name in ("problems", "images", "responses", "steps", "critiques")},
        "skipped": {"count": sum(files.skipped.values()), "reasons": dict(files.skipped)},
        "sources": tally.sources,
        "licences": dict(tally.licences),
        "files": [
            {
                "name": file.name,
                "media_type": file.media_type,
                "bytes": file.byte_size,
                "rows": file.rows,
                "sha256": file.digest.hexdigest(),
                "critic": asdict(file.critic) if file.critic else None,
            }
            for file in files.written()
        ],
    }


def sources(chosen: QuerySet[Critique]) -> list[dict[str, Any]]:
    """Who wrote the critiques: people by number alone, critics with their provenance."""
    counts = dict(chosen.order_by().values("author").annotate(critiques=Count("pk")).values_list("author", "critiques"))
    authors = list(Author.objects.filter(pk__in=counts).order_by("name", "run", "id"))
    people = [author for author in authors if author.kind == "person"]
    told: list[dict[str, Any]] = []
    if people:
        told.append({"kind": "person", "people": len(people), "critiques": sum(counts[author.pk] for author in people)})
    told.extend(
        {
            "kind": "critic",
            "name": author.name,
            "method": author.method,
            "engine": author.engine,
            "model": author.model,
            "prompt_hash": author.prompt_hash,
            "settings": author.settings,
            "run": author.run,
            "critiques": counts[author.pk],
        }
        for author in authors
        if author.kind == "critic"
    )
    return told


@cache
def app_version() -> str:
    """As `pyproject.toml` says: the code is run from its folder, not installed."""
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"])
