"""What a recipe would publish, before it does: counts by the filter, and the first rows that the format makes.

Nothing is written. Rows are made of the first problems alone, so that it stays quick however large the project is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotations.exporters.base import CriticSource, Item, formats
from annotations.exporters.features import Columns
from annotations.models import Project
from annotations.models.records import problem_records
from annotations.verbs.pseudonyms import pseudonyms, under_pseudonyms
from annotations.verbs.publish import Recipe, critic_sources
from annotations.verbs.publish_filter import Filter

PROBLEMS = 30  # that rows are made of
ROWS = 3  # that are kept
NO_BYTES = b""  # in an image's place: a preview opens none


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`counts` are of everything that the filter lets out; rows and skipped of the first `problems_read` problems."""

    counts: Mapping[str, int]
    problems_read: int
    rows_made: int
    rows: list[Mapping[str, Any]]
    skipped: Mapping[str, int]


@dataclass(slots=True)
class _Sample:
    """A sink that counts rows and keeps the first few."""

    critics: tuple[CriticSource, ...]
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    made: int = 0
    byte_size: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def file(self, name: str, critic: CriticSource | None = None, columns: Columns | None = None) -> _Sample:
        return self if critic is None else _Sample(self.critics)  # a critic's file of VISCO's repeats the rows

    def write(self, row: Mapping[str, Any]) -> None:
        self.made += 1
        if len(self.rows) < ROWS:
            self.rows.append(row)

    def count(self, column: str, value: str) -> None:
        """A preview tells no shares."""

    def skip(self, why: str) -> None:
        self.skipped[why] += 1


def preview(project: Project, recipe: Recipe) -> Preview:
    """Raises ValueError for an unknown format, option, or filter."""
    if recipe.format not in formats():
        raise ValueError(f"format: expected one of {', '.join(formats())}, found {recipe.format}")
    format = formats()[recipe.format]
    options = format.chosen(recipe.options)
    filter = Filter.parse(recipe.filter).checked(project)
    chosen, problems = filter.critiques(project, format), filter.problems(project)
    sample = _Sample(critic_sources(chosen))
    named = pseudonyms(project)
    read = problem_records(
        problems[:PROBLEMS], chosen, kept=filter.kept_responses(project), responses=filter.responses()
    )
    records = [record if project.names_leave else under_pseudonyms(record, named) for _, record in read]
    format.write((Item(record, lambda image: NO_BYTES, named) for record in records), options, sample)
    return Preview(
        counts=_counts(project, filter, format.name),
        problems_read=len(records),
        rows_made=sample.made,
        rows=sample.rows,
        skipped=dict(sample.skipped),
    )


def _counts(project: Project, filter: Filter, format: str) -> dict[str, int]:
    chosen = filter.critiques(project, formats()[format]).order_by()
    going = chosen.filter(problem__in=filter.problems(project).order_by())
    return {
        "problems": filter.problems(project).count(),
        "chains": filter.counted_chains(project).count(),
        "by_people": going.filter(author__kind="person").count(),
        "by_critics": going.filter(author__kind="critic").count(),
        "held_out": project.problems.count() - project.problems.leaving().count(),
    }
