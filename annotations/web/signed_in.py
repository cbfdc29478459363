"""Who counts as signed in: somebody with a password, and with the second step too if they switched it on.

In one place for every page, the API's session and Django's admin: until the second step is passed, `request.user` is
nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django_otp.plugins.otp_totp.models import TOTPDevice

from annotations.models import Notice
from annotations.verbs import second_step


class PersonBackend(ModelBackend):
    """Loads the person of a session with `has_second_step`, `unread` (notices; None for none) and preferences, so that
    asking costs no query more."""

    def get_user(self, user_id: int) -> Any:
        devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        people = get_user_model().objects.select_related("preferences")
        unread = Notice.objects.filter(user=OuterRef("pk"), read_at=None).order_by().values("user")
        known = {"has_second_step": Exists(devices), "unread": Subquery(unread.annotate(n=Count("pk")).values("n"))}
        user = people.annotate(**known).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


def second_step_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Stands right after OTPMiddleware. `request.password_user` is who gave the password, step two passed or not."""

    def middleware(request: Any) -> HttpResponse:
        by_password = request.user
        signed_in: Any = SimpleLazyObject(lambda: _signed_in(by_password))

        async def auser() -> Any:
            return await sync_to_async(lambda: signed_in if signed_in.is_authenticated else AnonymousUser())()

        request.password_user, request.user, request.auser = by_password, signed_in, auser
        return get_response(request)

    return middleware


def must_pass_second_step(user: Any) -> bool:
    """`user` as OTPMiddleware leaves it."""
    if not user.is_authenticated or user.is_verified():
        return False
    # A session made by another backend carries no annotation; then it costs a query, and never lets anybody through.
    known = getattr(user, "has_second_step", None)
    return second_step.is_on(user) if known is None else known


def _signed_in(user: Any) -> Any:
    return AnonymousUser() if must_pass_second_step(user) else user
