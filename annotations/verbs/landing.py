"""One batch of an import: records become rows, what is there already stays, and what does not fit is told.

A record lands whole or not at all. Everything is decided on plain values first (`record_rows.py`); then the rows go in
by COPY.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, models

from annotations.core import schema
from annotations.core.taxonomy import DEFAULT_TAXONOMY, Taxonomy, parse_taxonomy
from annotations.importers.base import RecordError
from annotations.models import Problem, Project, Reference, Response, Slot, Step
from annotations.verbs import known, store
from annotations.verbs.copying import copy_in, copy_tuples
from annotations.verbs.image_store import ImageFiles
from annotations.verbs.record_rows import SLOT_COLUMNS, STEP_COLUMNS, Arrival, Counts, RecordRows, Rows


class Landing:
    """Lands the batches of one import. Each call of `land` belongs into one transaction that holds the project's row.

    What the records of a batch share lies here: the project with its taxonomy, authors, positions in the queue.
    """

    def __init__(
        self, project: Project, files: ImageFiles, *, by: Any = None, accounts: Mapping[str, Any] | None = None
    ) -> None:
        self.project, self.files, self.by, self.accounts = project, files, by, accounts or {}
        latest = project.taxonomies.first()
        self.taxonomy: Taxonomy = parse_taxonomy(latest.tree) if latest else DEFAULT_TAXONOMY
        self.taxonomy_id = latest.pk if latest else None
        self._authors: dict[str, UUID] = {}

    def land(self, arrivals: Sequence[Arrival]) -> tuple[Counts, list[RecordError]]:
        """Copies every good record; returns what was counted and, of the others, every error.

        Raises DatabaseError where the database refuses something that was not seen here.
        """
        self._authors.clear()  # one made in a transaction that did not commit is gone
        self.known = known.load(
            self.project,
            [arrival.record for arrival in arrivals],
            {image.sha256 for arrival in arrivals for image in arrival.images},
        )
        self.problem_position = _next_position(Problem, self.project)
        self.response_position = _next_position(Response, self.project)
        rows, counts = Rows(), Counts()
        errors: list[RecordError] = []
        for arrival in arrivals:
            landing = RecordRows(self, arrival)
            found = landing.build()
            if found:
                self.known.take_back()
                errors.extend(RecordError.of(arrival.line, error) for error in found)
            else:
                self.known.keep()
                rows.extend(landing.rows)
                counts.extend(landing.counts)
        _copy(rows)
        return counts, errors

    def author(self, critique: schema.Critique) -> UUID:
        return self.author_of(critique.author, critique.run)

    def author_of(self, author: schema.Author, run: str) -> UUID:
        identity = repr((author, run))
        if identity not in self._authors:
            user = self.accounts.get(author.name) if author.kind == "person" else None
            self._authors[identity] = store.author_for(self.project, author, user=user, run=run)
        return self._authors[identity]


def _next_position(model: type[models.Model], project: Project) -> int:
    last = model._default_manager.filter(project=project).order_by("-position").values_list("position", flat=True)
    return (last.first() or 0) + 1


def _copy(rows: Rows) -> None:
    for model, instances in rows.tables():
        if instances:
            copy_in(model, instances)
    copy_tuples(Step, STEP_COLUMNS, rows.steps)
    copy_tuples(Slot, SLOT_COLUMNS, rows.slots)
    store.insert(rows.critiques)
    if rows.references:
        copy_in(Reference, rows.references)
    for model, instances in (*rows.outcomes.tables(), *rows.readings.tables()):
        if instances:
            copy_in(model, instances)
    with connection.cursor() as cursor:  # now, not at commit: the batch is still at hand to tell which record it was
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
