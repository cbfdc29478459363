"""API tokens: made, verified and revoked here. The secret is shown once; the database keeps its hash."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.models import Project, Token
from annotations.models.project import SCOPES
from annotations.verbs import log
from annotations.verbs.hashed_secrets import hash_of, new_secret
from annotations.verbs.permissions import role_of

PREFIX = "sl_"
DEFAULT_DAYS = 90
LONGEST_DAYS = 366
# `last_used_at` tells whether a token is still in use; to the minute is enough and spares a write per request.
LAST_USED_PRECISION = timedelta(minutes=1)


@transaction.atomic
def create_token(
    user: Any,
    scopes: Collection[str],
    projects: Iterable[Project] = (),
    days: int = DEFAULT_DAYS,
    name: str = "",
) -> tuple[Token, str]:
    """The stored token and its secret, which nobody can read again. No projects: all in which the person has a role.

    Raises ValidationError for an unknown scope, a project of others, or an expiry outside 1 to 366 days.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        found = ", ".join(unknown) or "none"
        raise ValidationError(
            _("Scopes: expected one or more of %(listed)s; found %(found)s.")
            % {"listed": ", ".join(SCOPES), "found": found}
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise ValidationError(
            _("Days: expected 1 to %(longest_days)s, found %(days)s.") % {"longest_days": LONGEST_DAYS, "days": days}
        )
    chosen = list(projects)
    for project in chosen:
        if role_of(user, project) is None:
            raise ValidationError(
                _("%(user)s has no role in %(slug)s; a token opens only projects of its person.")
                % {"user": user, "slug": project.slug}
            )
    secret = new_secret(PREFIX)
    token = Token.objects.create(
        user=user,
        name=name,
        secret_hash=hash_of(secret),
        scopes=wanted,
        expires_at=timezone.now() + timedelta(days=days),
    )
    token.projects.set(chosen)
    told = {"scopes": wanted, "projects": [project.slug for project in chosen], "days": days}
    log.record("create_token", by=user, project=None, target=str(token.pk), after=told)
    return token, secret


def verify(secret: str) -> Token | None:
    """The live token of this secret, with its person; None if unknown, expired, revoked, or its person inactive."""
    now = timezone.now()
    token = (
        Token.objects.select_related("user")
        .filter(secret_hash=hash_of(secret), revoked_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    if token and (token.last_used_at is None or token.last_used_at < now - LAST_USED_PRECISION):
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_PRECISION)
        Token.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def opens(token: Token, project: Project) -> bool:
    """Whether the token is for this project: one of its own, or any if it names none."""
    named = set(token.projects.values_list("pk", flat=True))
    return not named or project.pk in named


@transaction.atomic
def revoke_token(token: Token, by: Any) -> None:
    """Ends a token at once; revoking it again changes nothing."""
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        log.record("revoke_token", by=by, project=None, target=str(token.pk))
