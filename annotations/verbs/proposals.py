"""What Dawid–Skene proposes for a response, from all that people of the project judged: a proposal, never a decision.

Steps and answers are fitted apart, over people's latest own readings. The fit of a project is kept for as long as its
readings stay the same, in the process that made it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from annotations.core.schema import VERDICTS
from annotations.metrics.dawid_skene import Proposal, Rating, fit
from annotations.models import Project, Response

MOST_RATINGS = 60_000  # of the steps: the latest of a larger project, so that a page never waits for minutes
KEPT_PROJECTS = 8

_HEADS = """
    FROM annotations_critiquehead h JOIN annotations_critique c ON c.id = h.critique_id
    JOIN annotations_author a ON a.id = c.author_id
    JOIN annotations_response r ON r.id = c.response_id AND r.segmentation = c.segmentation
"""
_WHERE = "WHERE c.project_id = %(project)s AND a.kind = 'person' AND c.stage NOT IN ('review', 'adjudication')"
_STATE = f"SELECT count(*), max(c.stored_at) {_HEADS} {_WHERE}"
_STEPS = f"""
SELECT c.response_id, j.number, c.author_id,
    CASE WHEN j.verdict = 'incorrect' OR j.own_error OR cardinality(j.inherits_from) > 0 THEN 'incorrect'
         ELSE j.verdict END
{_HEADS} JOIN annotations_judgment j ON j.critique_id = c.id AND j.state = 'judged'
{_WHERE} ORDER BY c.stored_at DESC, c.id, j.number LIMIT %(most)s
"""
_ANSWERS = f"""
SELECT c.response_id, 0, c.author_id, c.verdict {_HEADS} {_WHERE} AND c.state = 'judged'
ORDER BY c.stored_at DESC, c.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Proposals by (response, step); step 0 is the answer. Reliability by author, over steps."""

    proposals: dict[tuple[UUID, int], Proposal]
    reliability: dict[str, float]


_kept: OrderedDict[tuple[UUID, Any], Fitted] = OrderedDict()


def proposals_of(response: Response) -> dict[int, Proposal]:
    """By step, 0 for the answer; only for what at least one person judged."""
    fitted = fit_project(response.project)
    steps = range(response.step_count + 1)
    return {step: fitted.proposals[response.pk, step] for step in steps if (response.pk, step) in fitted.proposals}


def fit_project(project: Project) -> Fitted:
    with connection.cursor() as cursor:
        cursor.execute(_STATE, {"project": project.pk})
        state = (project.pk, cursor.fetchone())
        if state in _kept:
            return _kept[state]
        steps = _ratings(cursor, _STEPS, project)
        answers = _ratings(cursor, _ANSWERS, project)
    told = [fit(ratings, VERDICTS) for ratings in (steps, answers)]
    proposals = {
        (UUID(response), int(step)): proposal
        for each in told
        for unit, proposal in each.proposals().items()
        for response, _slash, step in [unit.partition("/")]
    }
    _kept[state] = Fitted(proposals, told[0].reliability())
    while len(_kept) > KEPT_PROJECTS:
        _kept.popitem(last=False)
    return _kept[state]


def _ratings(cursor: Any, statement: str, project: Project) -> list[Rating]:
    cursor.execute(statement, {"project": project.pk, "most": MOST_RATINGS})
    found = {(row[0], row[1], row[2]): row[3] for row in cursor.fetchall()}
    return [Rating(f"{response}/{step}", str(author), said) for (response, step, author), said in found.items()]
