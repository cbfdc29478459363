"""What a lead says of single items: batches for one person with a deadline, priorities, and members' skills."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotations.models import Assignment, Batch, BatchItem, ItemPriority, Membership, Project, Response
from annotations.verbs import log, routing
from annotations.verbs.permissions import allows, require

MOST_ITEMS = 10_000
MOST_SKILLS = 50


@transaction.atomic
def give_batch(
    project: Project, user: Any, keys: Sequence[str], *, name: str, due_at: datetime | None = None, by: Any
) -> Batch:
    """These responses, by their keys, come to the person before all others, in this order.

    Overlap holds for them as for all: whose places are taken, or what the person has done, does not come again.
    Raises PermissionDenied; ValidationError for keys that are not there, and a person who does not annotate here.
    """
    require(by, "assign", project)
    role = Membership.objects.filter(project=project, user=user).values_list("role", flat=True).first()
    if not allows(role, "annotate"):
        raise ValidationError(_("%(user)s does not annotate in %(name)s.") % {"user": user, "name": project.name})
    found = _responses(project, keys)
    batch = Batch.objects.create(project=project, user=user, name=name[:100], due_at=due_at, created_by=by)
    BatchItem.objects.bulk_create(
        BatchItem(batch=batch, ordinal=number, response=response) for number, response in enumerate(found, 1)
    )
    told = {"name": batch.name, "items": len(found), "due_at": due_at.isoformat() if due_at else None}
    log.record("give_batch", by=by, project=project, target=str(user), after=told)
    return batch


@transaction.atomic
def withdraw_batch(batch: Batch, by: Any) -> None:
    """What the person holds or did of it stays theirs; the rest is like all other items again."""
    require(by, "assign", batch.project)
    if Batch.objects.filter(pk=batch.pk, withdrawn_at=None).update(withdrawn_at=Now()):
        log.record("withdraw_batch", by=by, project=batch.project, target=str(batch.user), before={"name": batch.name})


def batches(project: Project) -> QuerySet[Batch]:
    """Newest first, each with how many `items` it has and how many the person has `done`."""
    done = (
        Assignment.objects.filter(user=OuterRef("user"), response__batch_items__batch=OuterRef("pk"))
        .filter(Q(state="submitted") | Q(state="extra"))
        .order_by()
        .values("user")
        .annotate(count=Count("response", distinct=True))
        .values("count")
    )
    found = Batch.objects.filter(project=project, withdrawn_at=None).select_related("user")
    return found.annotate(count=Count("items"), done=Subquery(done)).order_by("-created_at", "-id")


@transaction.atomic
def set_priority(project: Project, keys: Sequence[str], priority: int, *, by: Any) -> int:
    """Of these responses; a project's mix is laid out again. Raises PermissionDenied and ValidationError."""
    require(by, "assign", project)
    if not -1000 <= priority <= 1000:
        raise ValidationError(_("Priority: expected a number from -1000 to 1000."))
    found = _responses(project, keys)
    ItemPriority.objects.bulk_create(
        [ItemPriority(response=response, project=project, priority=priority) for response in found],
        update_conflicts=True,
        update_fields=["priority"],
        unique_fields=["response"],
    )
    log.record("set_priority", by=by, project=project, target=f"{len(found)} responses", after={"priority": priority})
    if project.routing:
        routing.lay_out(project)
    return len(found)


@transaction.atomic
def set_skills(project: Project, user: Any, skills: Sequence[str], *, by: Any) -> None:
    """Which problems' skills a member has: items that ask for them come to the member first, in that order."""
    require(by, "assign", project)
    kept = list(dict.fromkeys(skill.strip() for skill in skills if skill.strip()))
    if len(kept) > MOST_SKILLS:
        raise ValidationError(_("Skills: expected at most %(most)s.") % {"most": MOST_SKILLS})
    membership = Membership.objects.select_for_update().filter(project=project, user=user).first()
    if membership is None:
        raise ValidationError(_("%(user)s is not in %(name)s.") % {"user": user, "name": project.name})
    before, membership.skills = membership.skills, kept
    membership.save(update_fields=["skills"])
    log.record(
        "set_skills", by=by, project=project, target=str(user), before={"skills": before}, after={"skills": kept}
    )


def _responses(project: Project, keys: Sequence[str]) -> list[Response]:
    wanted = list(dict.fromkeys(key.strip() for key in keys if key.strip()))
    if not 0 < len(wanted) <= MOST_ITEMS:
        raise ValidationError(_("Keys: expected 1 to %(most)s, one a line.") % {"most": MOST_ITEMS})
    found = {
        response.key: response for response in Response.objects.filter(project=project, key__in=wanted).only("key")
    }
    if missing := [key for key in wanted if key not in found]:
        raise ValidationError(
            _("%(count)s of these keys are not in the project, such as %(key)s.")
            % {"count": len(missing), "key": missing[0]}
        )
    return [found[key] for key in wanted]
