"""Items that people skipped as broken: a lead retires them from the queue, or puts them back.

Every decision is a row of its own; the last one counts. A retired item is given to nobody new; who holds it may finish.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from annotations.models import Assignment, ItemRuling, Project, Response, Slot
from annotations.verbs import log, overlap
from annotations.verbs.permissions import require

BROKEN = ("broken_image", "broken_chain", "unclear_question")  # of assign.SKIP_REASONS, those that accuse the item
LONGEST_REASON = 500  # characters
VIEWS = ("open", "retired", "settled")


def reported(project: Project, view: str = "open") -> QuerySet[Response]:
    """Responses that somebody skipped as broken. `open`: since the last decision, or without one; else by decision.

    Raises ValueError for another view.
    """
    if view not in VIEWS:
        raise ValueError(f"view: expected one of {', '.join(VIEWS)}, found {view}")
    reports = Assignment.objects.filter(response=OuterRef("pk"), state="skipped", skip_reason__in=BROKEN)
    rulings = ItemRuling.objects.filter(response=OuterRef("pk")).order_by("-ruled_at", "-id")
    responses = Response.objects.filter(project=project).annotate(
        decision=Subquery(rulings.values("decision")[:1]), decided_at=Subquery(rulings.values("ruled_at")[:1])
    )
    if view == "retired":
        return responses.filter(decision="retired")
    fresh = reports.filter(Q(ended_at__gt=OuterRef("decided_at")))
    if view == "settled":
        return responses.filter(~Exists(fresh), decision="put_back")
    return responses.filter(Q(Exists(reports), decision=None) | Q(Exists(fresh), decision="put_back"))


@transaction.atomic
def retire(response: Response, reason: str, *, by: Any) -> ItemRuling:
    """Takes the item out of the queue for good, or until it is put back. Raises PermissionDenied and ValueError."""
    require(by, "rule_on_items", response.project)
    if not reason.strip():
        raise ValueError("reason: expected a few words on why the item leaves the queue, found none")
    Project.objects.select_for_update().get(pk=response.project_id)
    ruling = _ruled(response, "retired", reason, by)
    Slot.objects.filter(response=response, state__in=["open", "closed"]).update(state="retired")
    return ruling


@transaction.atomic
def put_back(response: Response, reason: str = "", *, by: Any) -> ItemRuling:
    """The item is fine: others get it, as many as the overlap asks, but nobody who skipped it.

    Raises PermissionDenied.
    """
    require(by, "rule_on_items", response.project)
    project = Project.objects.select_for_update().get(pk=response.project_id)
    ruling = _ruled(response, "put_back", reason, by)
    Slot.objects.filter(response=response, state="retired").update(state="closed")
    overlap.fit_slots(project)
    return ruling


def _ruled(response: Response, decision: str, reason: str, by: Any) -> ItemRuling:
    ruling = ItemRuling.objects.create(
        project_id=response.project_id,
        response=response,
        decision=decision,
        reason=reason.strip()[:LONGEST_REASON],
        ruled_by=by,
    )
    log.record(f"item_{decision}", by=by, project=response.project, target=response.key, after={"reason": reason})
    return ruling
