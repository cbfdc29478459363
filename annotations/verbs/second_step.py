"""The second step of log-in: a code from an authenticator app (TOTP, RFC 6238), or one of the recovery codes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from annotations.verbs import log

RECOVERY_CODES = 10
TOTP_DIGITS = 6


def is_on(user: Any) -> bool:
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


@transaction.atomic
def begin(user: Any) -> TOTPDevice:
    """The unconfirmed device that the set-up page shows; the same one until it is confirmed."""
    get_user_model().objects.select_for_update().get(pk=user.pk)
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return device or TOTPDevice.objects.create(user=user, name="authenticator", confirmed=False)


def confirm(user: Any, code: str) -> tuple[TOTPDevice, list[str]]:
    """Switches the second step on; returns the device and the recovery codes, which are shown once.

    Raises ValidationError for a wrong code.
    """
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    if device is None or is_on(user):
        raise ValidationError(_("The second step is on already, or its set-up has not begun; open the page again."))
    _verify(type(device).objects.filter(pk=device.pk), code)
    with transaction.atomic():
        TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
        device.refresh_from_db()
        codes = _new_recovery_codes(user)
        log.record("second_step_on", by=user, project=None, target=str(user))
    return device, codes


def check(user: Any, code: str) -> TOTPDevice | StaticDevice:
    """The device that accepts the code; raises ValidationError for a wrong one, or while wrong ones cool off."""
    written = code.replace(" ", "").replace("-", "").lower()
    is_totp = len(written) == TOTP_DIGITS and written.isdigit()
    model = TOTPDevice if is_totp else StaticDevice
    return _verify(model.objects.filter(user=user, confirmed=True), written)


def switch_off(user: Any, password: str, code: str) -> None:
    """Needs both password and code, so that a session left open is not enough."""
    if not user.check_password(password):
        raise ValidationError({"password": _("This is not your password.")})
    try:
        check(user, code)
    except ValidationError as problem:
        raise ValidationError({"code": problem.messages}) from problem
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        log.record("second_step_off", by=user, project=None, target=str(user))


def _verify(devices: Any, code: str) -> Any:
    """Counts a wrong try even though it raises: the count is committed before the error leaves."""
    accepted, wait_seconds = None, 0
    with transaction.atomic():
        for device in devices.select_for_update():
            is_allowed, reason = device.verify_is_allowed()
            if not is_allowed and reason and reason.get("locked_until"):
                wait_seconds = max(1, round((reason["locked_until"] - timezone.now()).total_seconds()))
            elif device.verify_token(code):
                accepted = device
                break
    if accepted is not None:
        return accepted
    if wait_seconds:
        raise ValidationError(
            _("Too many wrong codes: wait %(wait_seconds)s s, then type the code that the app shows.")
            % {"wait_seconds": wait_seconds}
        )
    raise ValidationError(
        _("This code is not right. Type the one the app shows now (each works once), or a recovery code.")
    )


def _new_recovery_codes(user: Any) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery codes", confirmed=True)
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
    return codes
