"""Where an invitation's link leads: choose a name and a password, or join with the account one has."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login, password_validation
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from annotations.verbs import invite
from annotations.verbs.words import word

BACKEND = "annotations.web.signed_in.PersonBackend"
NEW_PASSWORD = {"autocomplete": "new-password"}


class AcceptForm(forms.Form):
    username = forms.CharField(
        max_length=150,
        label=gettext_lazy("User name"),
        help_text=gettext_lazy("Others in the project see it."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"), strip=False, widget=forms.PasswordInput(attrs=NEW_PASSWORD)
    )
    again = forms.CharField(
        strip=False, label=gettext_lazy("Password again"), widget=forms.PasswordInput(attrs=NEW_PASSWORD)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = " ".join(password_validation.password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password") != cleaned.get("again"):
            self.add_error("again", _("The two passwords are not the same."))
        return cleaned


@sensitive_post_parameters("password", "again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: Any, secret: str) -> HttpResponse:
    found = invite.find_open(secret)
    if found is None:
        return render(request, "people/invitation_ended.html", {"refused": invite.REFUSED}, status=410)
    if request.user.is_authenticated:
        return _join(request, secret, found)
    form = AcceptForm(request.POST or None)
    if form.is_valid():
        try:
            user = invite.accept(secret, form.cleaned_data["username"], form.cleaned_data["password"])
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            login(request, user, backend=BACKEND)
            messages.success(request, _("Welcome to %(name)s.") % {"name": found.project.name})
            return redirect("home")
    return render(request, "people/accept.html", {"form": form, "invitation": found})


def _join(request: Any, secret: str, found: Any) -> HttpResponse:
    problems: list[str] = []
    if request.method == "POST":
        try:
            invite.join(secret, request.user)
        except ValidationError as problem:
            problems = problem.messages
        else:
            messages.success(
                request, _("You are now %(role)s of %(name)s.") % {"role": word(found.role), "name": found.project.name}
            )
            return redirect("home")
    return render(request, "people/join.html", {"invitation": found, "problems": problems})


urlpatterns = [path("invitation/<str:secret>", invitation, name="invitation")]
