"""Which critiques wait for a reviewer: all, a share of them, or those at risk, each with what speaks for a look.

The share is drawn by a hash of response and author, so that a revision stays in or out as the first one did. What was
returned and revised waits for a reviewer in any case, before the rest. Risks are signs, not verdicts: `RISKS` says
what each means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from annotations.models import Project

FIRST_CRITIQUES = 5  # of a person in a project
QUICK = 1 / 3  # of the median active seconds a step in the project
LOW_CONFIDENCE = 0.25

RISKS = {
    "resubmitted": _("revised after it was returned"),
    "differs": _("another person judged a step or the answer differently"),
    "unsure": _("unsure, or with low confidence"),
    "quick": _("much faster than others"),
    "new": _("one of this person's first"),
}

_WAITING = """
WITH heads AS (
    SELECT c.id, c.response_id, c.author_id, c.segmentation, c.verdict, c.answer_confidence, c.stored_at, a.user_id,
        c.active_seconds / nullif(c.step_count, 0) AS pace,
        row_number() OVER (PARTITION BY c.author_id ORDER BY c.stored_at, c.id) AS nth
    FROM annotations_critiquehead h
    JOIN annotations_critique c ON c.id = h.critique_id AND c.stage IN ('blind', 'after_reveal')
    JOIN annotations_author a ON a.id = c.author_id
    WHERE c.project_id = %(project)s AND a.kind = 'person' AND a.user_id IS NOT NULL
), usual AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY pace) AS pace FROM heads
), signs AS (
    SELECT heads.id, heads.response_id, heads.author_id, heads.stored_at,
        EXISTS (SELECT FROM annotations_review r WHERE r.response_id = heads.response_id
                AND r.author_id = heads.author_id AND r.decision = 'returned') AS resubmitted,
        EXISTS (SELECT FROM heads o WHERE o.response_id = heads.response_id AND o.author_id <> heads.author_id
                AND (o.verdict <> heads.verdict OR o.segmentation = heads.segmentation AND EXISTS (
                    SELECT FROM annotations_judgment m JOIN annotations_judgment t
                    ON t.critique_id = o.id AND t.number = m.number
                    WHERE m.critique_id = heads.id AND m.verdict <> t.verdict))) AS differs,
        coalesce(heads.verdict = 'unsure' OR heads.answer_confidence <= %(low)s, false)
            OR EXISTS (SELECT FROM annotations_judgment j WHERE j.critique_id = heads.id
                       AND (j.verdict = 'unsure' OR j.confidence <= %(low)s)) AS unsure,
        coalesce(heads.pace < %(quick)s * usual.pace, false) AS quick,
        heads.nth <= %(first)s AS new
    FROM heads CROSS JOIN usual
    WHERE heads.user_id <> %(user)s
      AND NOT EXISTS (SELECT FROM annotations_review r WHERE r.critique_id = heads.id)
      AND NOT EXISTS (SELECT FROM annotations_assignment held WHERE held.response_id = heads.response_id
                      AND held.user_id = %(user)s AND held.state = 'held')
), waiting AS (
    SELECT *, differs::int * 2 + unsure::int + quick::int * 2 + new::int AS risk FROM signs
    WHERE resubmitted OR %(sampling)s = 'all'
       OR %(sampling)s = 'risk' AND (differs OR unsure OR quick OR new)
       OR %(sampling)s = 'rate' AND
          mod(abs(hashtextextended(response_id::text || author_id::text, 0)::numeric), 100) < %(percent)s
)
"""
_COUNT = _WAITING + "SELECT count(*) FROM waiting"  # noqa: S608  constants of this module
_PAGE = (
    _WAITING  # noqa: S608
    + "SELECT id, resubmitted, differs, unsure, quick, new FROM waiting"
    + " ORDER BY resubmitted DESC, risk DESC, stored_at, id LIMIT %(limit)s OFFSET %(offset)s"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A critique to review, by key, and what speaks for it (keys of RISKS)."""

    critique: UUID
    risks: tuple[str, ...]


class ReviewQueue:
    """What a paginator takes: its length, and slices of `Waiting`, the most pressing first. One query each."""

    def __init__(self, project: Project, by: Any) -> None:
        self._asked = {
            "project": project.pk,
            "user": by.pk,
            "sampling": project.review_sampling,
            "percent": project.review_percent,
            "low": LOW_CONFIDENCE,
            "quick": QUICK,
            "first": FIRST_CRITIQUES,
        }

    def __len__(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, self._asked)
            return int(cursor.fetchone()[0])

    def __getitem__(self, wanted: slice) -> list[Waiting]:
        first, last = wanted.start or 0, wanted.stop
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, self._asked | {"limit": last - first, "offset": first})
            return [
                Waiting(row[0], tuple(name for name, holds in zip(RISKS, row[1:], strict=True) if holds))
                for row in cursor.fetchall()
            ]
