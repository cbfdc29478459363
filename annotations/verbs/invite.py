"""Invitations: the only way to an account. A link works once, for seven days, and for one role in one project."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.models import Invitation, Project
from annotations.models.project import ROLES
from annotations.verbs import log
from annotations.verbs.hashed_secrets import hash_of, new_secret
from annotations.verbs.members import add_member
from annotations.verbs.permissions import require

VALID_FOR = timedelta(days=7)
REFUSED = gettext_lazy("This invitation was used, withdrawn, or has expired. Ask the admin who sent it for a new one.")


@transaction.atomic
def invite(project: Project, email: str, role: str, by: Any) -> tuple[Invitation, str]:
    """The invitation and its secret, shown once. An earlier open invitation of the same address is withdrawn."""
    require(by, "manage_members", project)
    validate_email(email)
    if role not in ROLES:
        raise ValidationError(
            _("Role: expected one of %(listed)s; found %(role)s.") % {"listed": ", ".join(ROLES), "role": repr(role)}
        )
    now = timezone.now()
    open_invitations(project).filter(email__iexact=email).update(revoked_at=now)
    secret = new_secret()
    invitation = Invitation.objects.create(
        project=project, email=email, role=role, secret_hash=hash_of(secret), created_by=by, expires_at=now + VALID_FOR
    )
    log.record("invite", by=by, project=project, target=email, after={"role": role})
    return invitation, secret


def open_invitations(project: Project) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        project=project, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    ).select_related("created_by")


def find_open(secret: str) -> Invitation | None:
    """The invitation that this secret opens now, with its project."""
    return _openable(secret).first()


@transaction.atomic
def accept(secret: str, username: str, password: str) -> Any:
    """Makes the account, enters the project, uses the invitation up; returns the new user.

    Raises ValidationError, by field, for a used invitation, a taken name, or a password that the validators refuse.
    """
    invitation = _taken(secret)
    users = get_user_model()
    user = users(username=users.normalize_username(username), email=invitation.email)
    validate_password_field(password, user)
    user.set_password(password)
    user.full_clean()  # tells a taken or malformed name in words, by field
    if users.objects.filter(username__iexact=user.username).exists():
        raise ValidationError(
            {"username": _("The name %(username)s is taken; choose another.") % {"username": user.username}}
        )
    user.save()
    _enter(invitation, user)
    return user


@transaction.atomic
def join(secret: str, user: Any) -> Project:
    """Enters the project with an account that exists; raises ValidationError if it is already in."""
    invitation = _taken(secret)
    _enter(invitation, user)
    return invitation.project


@transaction.atomic
def revoke_invitation(invitation: Invitation, by: Any) -> None:
    """Ends an open invitation at once; a used or ended one stays as it is."""
    require(by, "manage_members", invitation.project)
    if Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=timezone.now()):
        log.record("revoke_invitation", by=by, project=invitation.project, target=invitation.email)


def send_invitation(invitation: Invitation, link: str) -> None:
    """By mail, in the inviting admin's name; raises what the mail server raises."""
    send_mail(
        subject=f"Invitation to {invitation.project.name}",
        message=(
            f"{invitation.created_by} invites you to {invitation.project.name} as {invitation.role}.\n\n"
            f"Open this link within {VALID_FOR.days} days; it works once:\n{link}\n"
        ),
        from_email=None,
        recipient_list=[invitation.email],
    )


def validate_password_field(password: str, user: Any) -> None:
    """Django's validators, their messages under the field `password`."""
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise ValidationError({"password": problem.messages}) from problem


def _openable(secret: str) -> QuerySet[Invitation]:
    return Invitation.objects.select_related("project").filter(
        secret_hash=hash_of(secret), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )


def _taken(secret: str) -> Invitation:
    """Locked, so that of two people with the same link one comes in."""
    invitation = _openable(secret).select_for_update(of=("self",)).first()
    if invitation is None:
        raise ValidationError(REFUSED)
    return invitation


def _enter(invitation: Invitation, user: Any) -> None:
    add_member(invitation.project, user, invitation.role, by=user)
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    log.record("accept_invitation", by=user, project=invitation.project, target=invitation.email)
