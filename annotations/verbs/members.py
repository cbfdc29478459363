"""Who is in a project, with which role. A project always keeps an admin."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from annotations.models import Membership, Project
from annotations.models.project import ROLES
from annotations.verbs import log
from annotations.verbs.permissions import ADMIN, require


@transaction.atomic
def change_role(project: Project, user: Any, role: str, by: Any) -> None:
    """Raises ValidationError for an unknown role, a person who is no member, and the last admin's demotion."""
    require(by, "manage_members", project)
    if role not in ROLES:
        raise ValidationError(f"Role: expected one of {', '.join(ROLES)}; found {role!r}.")
    membership = _locked(project, user)
    if membership.role == role:
        return
    if membership.role == ADMIN:
        _keep_an_admin(project, membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    log.record("change_role", by=by, project=project, target=str(user), before={"role": before}, after={"role": role})


@transaction.atomic
def remove_member(project: Project, user: Any, by: Any) -> None:
    """The person loses the project at once; what they submitted stays, and keeps their name."""
    require(by, "manage_members", project)
    membership = _locked(project, user)
    if membership.role == ADMIN:
        _keep_an_admin(project, membership)
    before = {"role": membership.role}
    membership.delete()
    log.record("remove_member", by=by, project=project, target=str(user), before=before)


def add_member(project: Project, user: Any, role: str, by: Any) -> Membership:
    """Inside the caller's transaction. Raises ValidationError if the person already has a role here."""
    membership, is_new = Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if not is_new:
        raise ValidationError(f"{user} is already in {project.name}, as {membership.role}.")
    log.record("add_member", by=by, project=project, target=str(user), after={"role": role})
    return membership


def _locked(project: Project, user: Any) -> Membership:
    # The project's row first: two admins who demote each other wait here, and the second sees the first one's change.
    Project.objects.select_for_update().get(pk=project.pk)
    membership = Membership.objects.filter(project=project, user=user).first()
    if membership is None:
        raise ValidationError(f"{user} is not in {project.name}.")
    return membership


def _keep_an_admin(project: Project, membership: Membership) -> None:
    others = Membership.objects.filter(project=project, role=ADMIN, user__is_active=True).exclude(pk=membership.pk)
    if not others.exists():
        raise ValidationError(f"{membership.user} is the last admin of {project.name}: make somebody else admin first.")
