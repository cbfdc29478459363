"""Set up the second step: scan a QR code, confirm with a code, keep the recovery codes; or switch it off."""

from __future__ import annotations

import io
from base64 import b32encode
from typing import Any

import django_otp
import segno
from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from annotations.verbs import second_step
from annotations.web.sign_in import CodeForm


class SwitchOffForm(CodeForm):
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        label=gettext_lazy("Your password"),
    )
    field_order = ["password", "code"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["code"].widget.attrs["autofocus"]


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def two_factor(request: Any) -> HttpResponse:
    return _switch_off(request) if second_step.is_on(request.user) else _set_up(request)


@never_cache
@require_safe
@login_required
def two_factor_qr(request: HttpRequest) -> HttpResponse:
    """The key as an SVG of its own URL: a page with a strict content policy shows no data: image."""
    if second_step.is_on(request.user):
        raise Http404(_("The second step is on; its key is shown only while it is set up."))
    picture = io.BytesIO()
    segno.make(second_step.begin(request.user).config_url).save(picture, kind="svg", scale=5, border=2, light="#fff")
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


def _set_up(request: Any) -> HttpResponse:
    form = CodeForm(request.POST or None)
    device = second_step.begin(request.user)
    if form.is_valid():
        try:
            device, codes = second_step.confirm(request.user, form.cleaned_data["code"])
        except ValidationError as problem:
            form.add_error("code", problem)
        else:
            django_otp.login(request, device)
            return render(request, "account/recovery_codes.html", {"codes": codes})
    return render(request, "account/two_factor_set_up.html", {"form": form, "key": _key_in_groups(device)})


def _switch_off(request: Any) -> HttpResponse:
    form = SwitchOffForm(request.POST or None)
    if form.is_valid():
        try:
            second_step.switch_off(request.user, form.cleaned_data["password"], form.cleaned_data["code"])
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return redirect("account")
    return render(request, "account/two_factor_off.html", {"form": form})


def _key_in_groups(device: Any) -> str:
    """The key in base 32, four characters a group, for an app that cannot scan."""
    key = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


urlpatterns = [
    path("account/two-factor", two_factor, name="two_factor"),
    path("account/two-factor/qr.svg", two_factor_qr, name="two_factor_qr"),
]
