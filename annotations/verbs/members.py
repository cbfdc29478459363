"""Who is in a project, with which role. A project always keeps an admin."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from annotations.models import Membership, Project
from annotations.models.project import ROLES
from annotations.verbs import log
from annotations.verbs.permissions import ADMIN, require
from annotations.verbs.words import word


@transaction.atomic
def change_role(project: Project, user: Any, role: str, by: Any) -> None:
    """Raises ValidationError for an unknown role, a person who is no member, and the last admin's demotion."""
    require(by, "manage_members", project)
    if role not in ROLES:
        raise ValidationError(
            _("Role: expected one of %(listed)s; found %(role)s.") % {"listed": ", ".join(ROLES), "role": repr(role)}
        )
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
    before = {"role": word(membership.role)}
    membership.delete()
    log.record("remove_member", by=by, project=project, target=str(user), before=before)


def add_member(project: Project, user: Any, role: str, by: Any) -> Membership:
    """Inside the caller's transaction. Raises ValidationError if the person already has a role here."""
    membership, is_new = Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if not is_new:
        raise ValidationError(
            _("%(user)s is already in %(name)s, as %(role)s.")
            % {"user": user, "name": project.name, "role": word(membership.role)}
        )
    log.record("add_member", by=by, project=project, target=str(user), after={"role": role})
    return membership


def _locked(project: Project, user: Any) -> Membership:
    # The project's row first: two admins who demote each other wait here, and the second sees the first one's change.
    Project.objects.select_for_update().get(pk=project.pk)
    membership = Membership.objects.filter(project=project, user=user).first()
    if membership is None:
        raise ValidationError(_("%(user)s is not in %(name)s.") % {"user": user, "name": project.name})
    return membership


def _keep_an_admin(project: Project, membership: Membership) -> None:
    others = Membership.objects.filter(project=project, role=ADMIN, user__is_active=True).exclude(pk=membership.pk)
    if not others.exists():
        raise ValidationError(
            _("%(user)s is the last admin of %(name)s: make somebody else admin first.")
            % {"user": membership.user, "name": project.name}
        )
