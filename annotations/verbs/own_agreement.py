"""How often others judged a step as this person did: raw agreement, from items that both have submitted.

Nothing of an item counts before the person's own submit, so the number tells nothing of what is still to be judged.
Verdicts are compared as stances (an inherited error is one); a step that one of the two did not judge is not compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from annotations.models import Project


@dataclass(frozen=True, slots=True)
class OwnAgreement:
    """`share` is None where no step was judged by both."""

    steps: int
    agreed: int
    items: int

    @property
    def share(self) -> float | None:
        return self.agreed / self.steps if self.steps else None


_PAIRS = """
WITH heads AS (
    SELECT h.response_id, h.critique_id, a.user_id FROM annotations_critiquehead h
    JOIN annotations_author a ON a.id = h.author_id
    JOIN annotations_critique c ON c.id = h.critique_id AND c.stage NOT IN ('review', 'adjudication')
    WHERE a.project_id = %(project)s AND a.kind = 'person' AND a.user_id IS NOT NULL
), said AS (
    SELECT heads.response_id, heads.user_id, j.segmentation, j.number,
        CASE WHEN j.verdict = 'incorrect' OR j.own_error OR cardinality(j.inherits_from) > 0 THEN 'incorrect'
             ELSE j.verdict END AS stance
    FROM heads JOIN annotations_judgment j ON j.critique_id = heads.critique_id
    WHERE j.state = 'judged'
      AND heads.response_id IN (SELECT response_id FROM heads WHERE user_id = %(user)s)
)
SELECT count(*), count(*) FILTER (WHERE mine.stance = theirs.stance), count(DISTINCT mine.response_id)
FROM said mine JOIN said theirs USING (response_id, segmentation, number)
WHERE mine.user_id = %(user)s AND theirs.user_id <> %(user)s
"""


def own_agreement(user: Any, project: Project) -> OwnAgreement:
    """Over all steps and all other people of the project. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"project": project.pk, "user": user.pk})
        return OwnAgreement(*cursor.fetchone())
