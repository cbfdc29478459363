"""Where people and critics of a project differ, the worst first.

Only latest critiques under a response's present segmentation count, and steps are compared by stance, as everywhere.
A response's weight is the sum over what differs: a step counts 2 where a person and a critic hold opposite verdicts
(one incorrect, the other correct), 1 where it differs otherwise; the answer counts twice as much as a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from annotations.models import Project
from annotations.verbs.blindness import visible_responses

SIDES = ("any", "people", "critics")


@dataclass(frozen=True, slots=True)
class Difference:
    """A response on which critiques differ: at which steps, which of them only people or only critics flag."""

    response: UUID
    weight: int
    steps: tuple[int, ...]
    only_people: tuple[int, ...]
    only_critics: tuple[int, ...]
    answer: bool


@dataclass(frozen=True, slots=True)
class Differences:
    """One page of them, and how many responses there are in all."""

    listed: Sequence[Difference]
    total: int


_SAID = """
WITH heads AS (
    SELECT h.response_id, h.critique_id, a.kind, c.verdict AS answer
    FROM annotations_critiquehead h
    JOIN annotations_author a ON a.id = h.author_id
    JOIN annotations_critique c ON c.id = h.critique_id
    JOIN annotations_response r ON r.id = h.response_id AND r.segmentation = c.segmentation
    WHERE a.project_id = %s AND h.response_id IN ({seen})
      AND (a.kind = 'critic' OR %s::uuid IS NULL OR a.id = %s::uuid)
      AND (a.kind = 'person' OR %s::uuid IS NULL OR a.id = %s::uuid)
      AND a.ablation IS NULL AND NOT EXISTS (SELECT FROM annotations_plant p WHERE p.response_id = r.id)
), said AS (
    SELECT heads.response_id, heads.kind, j.number,
        CASE WHEN j.verdict = 'incorrect' OR j.own_error OR cardinality(j.inherits_from) > 0 THEN 'incorrect'
             ELSE j.verdict END AS stance, 1 AS worth
    FROM heads JOIN annotations_judgment j ON j.critique_id = heads.critique_id WHERE j.state = 'judged'
    UNION ALL
    SELECT response_id, kind, 0, answer, 2 FROM heads WHERE answer IS NOT NULL
), by_step AS (
    SELECT response_id, number, max(worth) AS worth,
        bool_or(stance = 'incorrect') FILTER (WHERE kind = 'person') AS people_flag,
        bool_or(stance = 'incorrect') FILTER (WHERE kind = 'critic') AS critics_flag,
        bool_or(stance = 'correct') FILTER (WHERE kind = 'person') AS people_pass,
        bool_or(stance = 'correct') FILTER (WHERE kind = 'critic') AS critics_pass
    FROM said GROUP BY response_id, number HAVING count(DISTINCT stance) > 1
), told AS (
    SELECT response_id, number,
        worth * CASE WHEN people_flag AND critics_pass OR critics_flag AND people_pass THEN 2 ELSE 1 END AS weight,
        people_flag AND NOT critics_flag AS only_people, critics_flag AND NOT people_flag AS only_critics
    FROM by_step
), by_response AS (
    SELECT response_id, sum(weight) AS weight,
        coalesce(array_agg(number ORDER BY number) FILTER (WHERE number > 0), '{{}}') AS steps,
        coalesce(array_agg(number ORDER BY number) FILTER (WHERE number > 0 AND only_people), '{{}}') AS only_people,
        coalesce(array_agg(number ORDER BY number) FILTER (WHERE number > 0 AND only_critics), '{{}}') AS only_critics,
        bool_or(number = 0) AS answer
    FROM told GROUP BY response_id
)
SELECT by_response.*, count(*) OVER () FROM by_response
JOIN annotations_response r ON r.id = response_id
WHERE {side}
ORDER BY weight DESC, r.position, response_id OFFSET %s LIMIT %s
"""
_SIDE = {"any": "true", "people": "cardinality(only_people) > 0", "critics": "cardinality(only_critics) > 0"}


def differences(
    user: Any,
    project: Project,
    *,
    side: str = "any",
    person: UUID | None = None,
    critic: UUID | None = None,
    offset: int = 0,
    limit: int = 50,
) -> Differences:
    """Of the responses that this person may read; `side`: those with a step that only people, or critics, flag.

    With a person or a critic, all others of that kind are left out. Raises LookupError for an unknown side.
    """
    seen, seen_parameters = visible_responses(user, project).values("pk").query.sql_with_params()
    query = _SAID.format(seen=seen, side=_SIDE[side])
    parameters = [project.pk, *seen_parameters, person, person, critic, critic, offset, limit]
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows = cursor.fetchall()
    listed = [
        Difference(response, int(weight), tuple(steps), tuple(people), tuple(critics), answer)
        for response, weight, steps, people, critics, answer, _ in rows
    ]
    return Differences(listed, rows[0][-1] if rows else 0)
