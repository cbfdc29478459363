"""Why nothing is open to a person: counted, so that the page says what is so and what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from annotations.models import Project

# Of each item that has not all its critiques, the first reason that holds for this person.
_WHY = """
WITH items AS (
    SELECT s.response_id, bool_or(s.state = 'open') AS is_open, bool_or(s.state = 'held') AS is_held,
        bool_or(s.state = 'retired') AS is_retired, bool_and(s.state IN ('done', 'closed')) AS is_done
    FROM annotations_slot s WHERE s.project_id = %(project)s GROUP BY s.response_id
), mine AS (
    SELECT response_id, bool_or(state IN ('submitted', 'extra')) AS submitted, bool_or(state = 'skipped') AS skipped
    FROM annotations_assignment WHERE project_id = %(project)s AND user_id = %(user)s GROUP BY response_id
)
SELECT count(*),
    count(*) FILTER (WHERE is_done),
    count(*) FILTER (WHERE NOT is_done AND is_retired),
    count(*) FILTER (WHERE NOT is_done AND NOT is_retired AND mine.submitted),
    count(*) FILTER (WHERE NOT is_done AND NOT is_retired AND NOT coalesce(mine.submitted, false) AND mine.skipped),
    count(*) FILTER (WHERE is_held AND NOT is_open AND NOT is_retired
                     AND NOT coalesce(mine.submitted, false) AND NOT coalesce(mine.skipped, false)),
    count(*) FILTER (WHERE is_open AND NOT is_retired
                     AND NOT coalesce(mine.submitted, false) AND NOT coalesce(mine.skipped, false))
FROM items LEFT JOIN mine USING (response_id)
"""


@dataclass(frozen=True, slots=True)
class Why:
    """Items: all, with all their critiques, retired, waiting for others after this person's critique, skipped by this
    person, being worked on by others, and corrections that wait for this person's critique of the original."""

    items: int
    done: int
    retired: int
    waiting_for_others: int
    skipped: int
    held: int
    guided: int


def why_nothing(user: Any, project: Project) -> Why:
    """One query, over all items of the project."""
    with connection.cursor() as cursor:
        cursor.execute(_WHY, {"project": project.pk, "user": user.pk})
        return Why(*cursor.fetchone())
