"""Log in, pass the second step, log out; and the page for whoever tried too often."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import django_otp
from axes.helpers import get_cool_off
from django import forms
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from annotations.verbs import second_step
from annotations.web.signed_in import must_pass_second_step


class LogInView(LoginView):
    template_name = "sign_in/log_in.html"
    http_method_names = ["get", "post", "head"]

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if must_pass_second_step(request.password_user):
            return self._on_to_second_step()
        if request.user.is_authenticated:
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        return self._on_to_second_step() if second_step.is_on(form.get_user()) else response

    def _on_to_second_step(self) -> HttpResponseRedirect:
        onward = self.get_redirect_url()
        query = f"?{urlencode({'next': onward})}" if onward else ""
        return HttpResponseRedirect(reverse("second_step") + query)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        help_text=gettext_lazy("Six digits from your authenticator app, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pass_second_step(request: Any) -> HttpResponse:
    """For somebody who gave the password; anybody else is sent to give it."""
    onward = _safe_next(request)
    person = request.password_user
    if not must_pass_second_step(person):
        return redirect(onward if person.is_authenticated else "login")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            device = second_step.check(person, form.cleaned_data["code"])
        except ValidationError as problem:
            form.add_error("code", problem)
        else:
            request.session.cycle_key()
            request.user = person
            django_otp.login(request, device)
            return redirect(onward)
    return render(request, "sign_in/second_step.html", {"form": form, "person": person, "next": onward})


def locked_out(request: HttpRequest, credentials: Any, *args: Any) -> HttpResponse:
    """What django-axes answers after too many wrong passwords of one name from one address."""
    cool_off = get_cool_off(request)
    minutes = round(cool_off.total_seconds() / 60) if cool_off else None
    response = render(request, "sign_in/locked_out.html", {"minutes": minutes}, status=429)
    if cool_off:
        response["Retry-After"] = str(round(cool_off.total_seconds()))
    return response


def _safe_next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else resolve_url("home")


urlpatterns = [
    path("login", LogInView.as_view(), name="login"),
    path("login/second-step", pass_second_step, name="second_step"),
    path("logout", LogoutView.as_view(http_method_names=["post"]), name="logout"),
]
