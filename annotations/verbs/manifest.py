"""A version's manifest: what it holds, by whom, under which licences, and the SHA-256 of every file.

People are told by pseudonym, or by name where the project says that names leave.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet

from annotations.core import schema
from annotations.core.codec import SCHEMA_VERSION
from annotations.core.critique_facts import stance
from annotations.metrics.agreement import Running
from annotations.models import Author, Critique, Dataset
from annotations.models.outcome_records import author_record
from annotations.verbs.publish_draft import Draft, DraftFile

COUNTED = ("problems", "images", "responses", "steps", "critiques")


@dataclass(slots=True)
class Tally:
    """What went by on its way into the files; `sources` and `held_out` are known before."""

    sources: list[dict[str, Any]] = field(default_factory=list)
    held_out: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    generators: Counter[tuple[str, str]] = field(default_factory=Counter)
    agreement: Running = field(default_factory=lambda: Running(schema.VERDICTS))

    def add(self, problem: schema.Problem) -> None:
        self.licences[problem.licence or "not given"] += 1
        self.counts["problems"] += 1
        self.counts["images"] += len(problem.images)
        for response in problem.responses:
            self.generators[response.generator, response.checkpoint] += 1
            self.counts["responses"] += 1
            self.counts["steps"] += len(response.steps or ())
            self.counts["critiques"] += len(response.critiques)
            people = _latest_of_people(response)
            if len(people) > 1:
                for judgments in zip(*(one.judgments for one in people), strict=True):
                    self.agreement.add([stance(judgment) for judgment in judgments])

    def facts(self, *, skipped: Mapping[str, int], counted: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
        """The part of the manifest that follows from what was read."""
        responses = self.counts["responses"]
        return {
            "counts": {name: self.counts[name] for name in COUNTED},
            "skipped": {"count": sum(skipped.values()), "reasons": dict(skipped)},
            "counted": {column: dict(values) for column, values in counted.items()},
            "sources": self.sources,
            "generators": [
                {"generator": generator, "checkpoint": checkpoint, "responses": count, "share": count / responses}
                for (generator, checkpoint), count in sorted(self.generators.items())
            ],
            "licences": dict(self.licences),
            "agreement": {"steps": self.agreement.units, **self.agreement.figures()},
            "held_out": self.held_out,
        }


def _latest_of_people(response: schema.Response) -> list[schema.Critique]:
    """One critique a person: what is adjudicated is nobody's own."""
    latest = {
        critique.author.name: critique
        for critique in response.critiques
        if critique.author.kind == "person" and critique.reference != "adjudicated"
    }
    return list(latest.values())


def manifest(
    dataset: Dataset,
    version: int,
    *,
    parent: Mapping[str, Any] | None,
    recipe: Mapping[str, Any],
    draft: Draft,
    changes: Mapping[str, int] | None,
    at: datetime,
) -> dict[str, Any]:
    """recipe: the filter and options of this very version, as JSON. `counts` are of the project's records read.

    parent: the manifest of the version before. iteration: which round of generating it is: one more than the parent's
    where a generator or checkpoint comes in that the parent had not. changes: of rows since the parent.
    """
    facts = draft.facts
    return {
        "dataset": dataset.name,
        "version": version,
        "parent_version": version - 1 or None,
        "iteration": _iteration(parent, facts["generators"]),
        "created_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "description": dataset.description,
        "format": dataset.format,
        "options": recipe["options"],
        "filter": recipe["filter"],
        "schema_version": SCHEMA_VERSION,
        "app_version": app_version(),
        **facts,
        "changes": changes,
        "files": [told_of(file) for file in draft.files],
    }


def told_of(file: DraftFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "media_type": file.media_type,
        "bytes": file.byte_size,
        "rows": file.rows,
        "sha256": file.sha256,
        "critic": file.critic,
    }


def _iteration(parent: Mapping[str, Any] | None, generators: Sequence[Mapping[str, Any]]) -> int:
    if parent is None or "generators" not in parent:
        return 1
    known = {(one["generator"], one["checkpoint"]) for one in parent["generators"]}
    new = {(one["generator"], one["checkpoint"]) for one in generators} - known
    return int(parent.get("iteration", 1)) + bool(new)


def sources(chosen: QuerySet[Critique], named: Callable[[schema.Author], str]) -> list[dict[str, Any]]:
    """Who wrote the critiques: people under the names by which they leave, critics with their provenance."""
    counts = dict(chosen.order_by().values("author").annotate(critiques=Count("pk")).values_list("author", "critiques"))
    authors = list(Author.objects.filter(pk__in=counts).order_by("name", "run", "id"))
    people = Counter[str]()
    for author in authors:
        if author.kind == "person":
            people[named(author_record(author))] += counts[author.pk]
    told: list[dict[str, Any]] = []
    if people:
        told.append(
            {"kind": "person", "people": len(people), "critiques": people.total(), "each": dict(sorted(people.items()))}
        )
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
