"""Fits the slots of a project's responses to their overlap: opens what is missing, closes what is too many."""

from __future__ import annotations

from typing import Any

from django.db import connection

from annotations.models import Project

# Of each response's slots those in use count first; open ones beyond the overlap are closed. Rows, not deletions:
# an assignment that was skipped or expired still names its slot.
CLOSE = """
WITH ranked AS (
    SELECT response_id, number,
        wanted_overlap(response_id, %(usual)s, %(more)s, %(share)s) AS wanted,
        row_number() OVER (PARTITION BY response_id ORDER BY state = 'open', number) AS place
    FROM annotations_slot WHERE project_id = %(project)s AND state <> 'closed'
)
UPDATE annotations_slot s SET state = 'closed' FROM ranked r
WHERE s.response_id = r.response_id AND s.number = r.number AND s.state = 'open' AND r.place > r.wanted
"""
# Gold has no places in the queue: each person gets one of their own (verbs/assign.py).
NOT_GOLD = (
    "NOT EXISTS (SELECT 1 FROM annotations_golditem g WHERE g.response_id = s.response_id AND g.retired_at IS NULL)"
)
REOPEN = """
WITH live AS (
    SELECT response_id, count(*) FILTER (WHERE state <> 'closed') AS count
    FROM annotations_slot WHERE project_id = %(project)s GROUP BY response_id
), ranked AS (
    SELECT response_id, number,
        wanted_overlap(response_id, %(usual)s, %(more)s, %(share)s) AS wanted,
        row_number() OVER (PARTITION BY response_id ORDER BY number) AS place
    FROM annotations_slot s WHERE project_id = %(project)s AND state = 'closed' AND {not_gold}
)
UPDATE annotations_slot s SET state = 'open' FROM ranked r JOIN live USING (response_id)
WHERE s.response_id = r.response_id AND s.number = r.number
  AND r.place <= wanted_overlap(s.response_id, %(usual)s, %(more)s, %(share)s) - live.count
"""
ADD = """
INSERT INTO annotations_slot (response_id, number, project_id, position, deep, skill, state)
SELECT response_id, last + extra, %(project)s, position, deep, skill, CASE WHEN retired THEN 'retired' ELSE 'open' END
FROM (
    SELECT response_id, max(number) AS last, min(position) AS position,
        bool_or(deep) AS deep, max(skill) AS skill,
        count(*) FILTER (WHERE state <> 'closed') AS live,
        coalesce((SELECT decision FROM annotations_itemruling r WHERE r.response_id = s.response_id
            ORDER BY r.ruled_at DESC, r.id DESC LIMIT 1) = 'retired', false) AS retired
    FROM annotations_slot s WHERE project_id = %(project)s AND {not_gold} GROUP BY response_id
) slots, generate_series(1, wanted_overlap(response_id, %(usual)s, %(more)s, %(share)s) - live) AS extra
"""


def fit_slots(project: Project) -> None:
    """Inside the caller's transaction, with the project's row locked. Three statements, however many responses."""
    values: dict[str, Any] = {
        "project": project.pk,
        "usual": project.overlap,
        "more": project.agreement_overlap,
        "share": project.agreement_share,
    }
    with connection.cursor() as cursor:
        for statement in (CLOSE, REOPEN, ADD):
            cursor.execute(statement.replace("{not_gold}", NOT_GOLD), values)
