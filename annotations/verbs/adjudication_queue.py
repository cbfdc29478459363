"""Responses that several people read and nobody settled, the worst disagreement first.

Disagreement of a response: over its steps and its answer, the mean share of pairs of people whose stances differ
(1 − raw agreement, as `metrics.agreement` counts it). What somebody settled waits again once a person's reading is
newer than the reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from annotations.models import Project

_WAITING = """
WITH heads AS (
    SELECT c.id, c.response_id, c.verdict, c.state, c.stored_at, a.user_id
    FROM annotations_critiquehead h
    JOIN annotations_critique c ON c.id = h.critique_id AND c.stage NOT IN ('review', 'adjudication')
    JOIN annotations_author a ON a.id = c.author_id AND a.kind = 'person'
    JOIN annotations_response r ON r.id = c.response_id AND r.segmentation = c.segmentation
    WHERE c.project_id = %(project)s
), several AS (
    SELECT response_id, count(*) AS people, max(stored_at) AS newest,
        bool_or(coalesce(user_id = %(user)s, false)) AS own
    FROM heads GROUP BY response_id HAVING count(*) > 1
), said AS (
    SELECT heads.response_id, j.number AS step,
        CASE WHEN j.verdict = 'incorrect' OR j.own_error OR cardinality(j.inherits_from) > 0 THEN 'incorrect'
             ELSE j.verdict END AS stance
    FROM heads JOIN several USING (response_id)
    JOIN annotations_judgment j ON j.critique_id = heads.id AND j.state = 'judged'
    UNION ALL
    SELECT heads.response_id, 0, heads.verdict FROM heads JOIN several USING (response_id) WHERE heads.state = 'judged'
), votes AS (
    SELECT response_id, step, stance, count(*) AS n FROM said GROUP BY response_id, step, stance
), units AS (
    SELECT response_id, step, sum(n) AS n, sum(n * (n - 1)) AS same FROM votes GROUP BY response_id, step
    HAVING sum(n) > 1
), waiting AS (
    SELECT response_id, several.people, avg(1 - units.same / (units.n * (units.n - 1))) AS disagreement,
        count(*) FILTER (WHERE units.same < units.n * (units.n - 1) AND units.step > 0) AS steps,
        bool_or(units.same < units.n * (units.n - 1) AND units.step = 0) AS answer, several.own
    FROM several JOIN units USING (response_id)
    WHERE NOT EXISTS (SELECT FROM annotations_reference f WHERE f.response_id = several.response_id
                      AND f.created_at >= several.newest)
      AND NOT EXISTS (SELECT FROM annotations_assignment held WHERE held.response_id = several.response_id
                      AND held.user_id = %(user)s AND held.state = 'held')
    GROUP BY response_id, several.people, several.own
)
"""
_COUNT = _WAITING + "SELECT count(*) FROM waiting WHERE NOT own"  # noqa: S608  constants of this module
_PAGE = (
    _WAITING  # noqa: S608
    + "SELECT response_id, people, disagreement, steps, answer FROM waiting WHERE NOT own"
    + " ORDER BY disagreement DESC, response_id LIMIT %(limit)s OFFSET %(offset)s"
)


@dataclass(frozen=True, slots=True)
class Disagreeing:
    """`disagreement` from 0 to 1; how many `steps` differ, and whether the `answer` does."""

    response: UUID
    people: int
    disagreement: float
    steps: int
    answer: bool


class AdjudicationQueue:
    """What a paginator takes, the worst first; without what this person critiqued or holds. One query each."""

    def __init__(self, project: Project, by: Any) -> None:
        self._asked = {"project": project.pk, "user": by.pk}

    def __len__(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, self._asked)
            return int(cursor.fetchone()[0])

    def __getitem__(self, wanted: slice) -> list[Disagreeing]:
        first = wanted.start or 0
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, self._asked | {"limit": wanted.stop - first, "offset": first})
            return [Disagreeing(row[0], row[1], float(row[2]), row[3], bool(row[4])) for row in cursor.fetchall()]
