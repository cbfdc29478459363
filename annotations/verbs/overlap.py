"""Fits the slots of a project's responses to its overlap: opens what is missing, closes what is too many."""

from __future__ import annotations

from django.db import connection

from annotations.models import Project

# Of each response's slots those in use count first; open ones beyond the overlap are closed. Rows, not deletions:
# an assignment that was skipped or expired still names its slot.
CLOSE = """
WITH ranked AS (
    SELECT response_id, number, row_number() OVER (PARTITION BY response_id ORDER BY state = 'open', number) AS place
    FROM annotations_slot WHERE project_id = %(project)s AND state <> 'closed'
)
UPDATE annotations_slot s SET state = 'closed' FROM ranked r
WHERE s.response_id = r.response_id AND s.number = r.number AND s.state = 'open' AND r.place > %(overlap)s
"""
REOPEN = """
WITH live AS (
    SELECT response_id, count(*) FILTER (WHERE state <> 'closed') AS count
    FROM annotations_slot WHERE project_id = %(project)s GROUP BY response_id
), ranked AS (
    SELECT response_id, number, row_number() OVER (PARTITION BY response_id ORDER BY number) AS place
    FROM annotations_slot WHERE project_id = %(project)s AND state = 'closed'
)
UPDATE annotations_slot s SET state = 'open' FROM ranked r JOIN live USING (response_id)
WHERE s.response_id = r.response_id AND s.number = r.number AND r.place <= %(overlap)s - live.count
"""
ADD = """
INSERT INTO annotations_slot (response_id, number, project_id, position, state)
SELECT response_id, last + extra, %(project)s, position, CASE WHEN retired THEN 'retired' ELSE 'open' END
FROM (
    SELECT response_id, max(number) AS last, min(position) AS position,
        count(*) FILTER (WHERE state <> 'closed') AS live,
        coalesce((SELECT decision FROM annotations_itemruling r WHERE r.response_id = s.response_id
            ORDER BY r.ruled_at DESC, r.id DESC LIMIT 1) = 'retired', false) AS retired
    FROM annotations_slot s WHERE project_id = %(project)s GROUP BY response_id
) slots, generate_series(1, %(overlap)s - live) AS extra
"""


def fit_slots(project: Project) -> None:
    """Inside the caller's transaction, with the project's row locked. Three statements, however many responses."""
    with connection.cursor() as cursor:
        for statement in (CLOSE, REOPEN, ADD):
            cursor.execute(statement, {"project": project.pk, "overlap": project.overlap})
