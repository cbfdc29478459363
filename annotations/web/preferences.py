"""Pages of a person's preferences: language, theme and mails (forms of My account), and the keys of the workbench."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from annotations.verbs import key_table, preferences


class LookForm(forms.Form):
    """Choices are checked again by the verb."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=[("", gettext_lazy("as the browser asks")), *settings.LANGUAGES],
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"),
        required=False,
        choices=[
            ("", gettext_lazy("as the system")),
            ("light", gettext_lazy("light")),
            ("dark", gettext_lazy("dark")),
        ],
    )

    @classmethod
    def of(cls, user: Any) -> LookForm:
        mine = preferences.preferences_of(user)
        return cls(initial={"language": mine.language, "theme": mine.theme})


class MailForm(forms.Form):
    mail = forms.ChoiceField(
        label=gettext_lazy("Unread comments by mail"),
        choices=[
            ("never", gettext_lazy("never")),
            ("daily", gettext_lazy("once a day")),
            ("soon", gettext_lazy("soon, at most every ten minutes")),
        ],
    )

    @classmethod
    def of(cls, user: Any) -> MailForm:
        return cls(initial={"mail": preferences.preferences_of(user).mail})


@require_POST
@login_required
def change_mail(request: HttpRequest) -> HttpResponse:
    form = MailForm(request.POST)
    if form.is_valid():
        preferences.change_mail(request.user, form.cleaned_data["mail"])
        messages.success(request, _("Saved."))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("account")


@require_POST
@login_required
def change_look(request: HttpRequest) -> HttpResponse:
    form = LookForm(request.POST)
    if form.is_valid():
        preferences.change_look(request.user, **form.cleaned_data)
        with translation.override(form.cleaned_data["language"] or translation.get_language()):
            messages.success(request, _("Saved."))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("account")


SPACE = "Space"  # what the form calls " ", which nobody could see in a field


class KeysForm(forms.Form):
    """A text field an action, holding its key as the table writes it; empty for none."""

    def __init__(self, *args: Any, changes: key_table.Changes, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = key_table.keys_with(changes)
        for action in key_table.ACTIONS:
            if action.name not in key_table.FIXED:
                self.fields[action.name] = forms.CharField(
                    label=action.label,
                    required=False,
                    max_length=40,
                    strip=False,  # the space bar is a key
                    initial=(keys[action.name] or ("",))[0].replace(" ", SPACE),
                    widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        return {name: " " if key.strip() == SPACE else key for name, key in cleaned.items()}

    def by_group(self) -> list[tuple[Any, list[forms.BoundField]]]:
        actions = [action for action in key_table.ACTIONS if action.name in self.fields]
        return [
            (key_table.GROUPS[group], [self[action.name] for action in members])
            for group, members in groupby(actions, key=lambda action: action.group)
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """The form; the dialog of the workbench sends its changes here as JSON: `{action: key}`, all of them."""
    if request.method == "POST" and request.content_type == "application/json":
        return _keys_by_script(request)
    if request.method == "POST" and "reset" in request.POST:
        preferences.change_keys(request.user, {})
        return _kept(request)
    form = KeysForm(request.POST or None, changes=preferences.preferences_of(request.user).keys)
    if form.is_valid():
        try:
            preferences.change_keys(request.user, form.cleaned_data)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return _kept(request)
    return render(request, "account/keys.html", {"form": form}, status=422 if form.errors else 200)


def _kept(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Your keys are saved."))
    return redirect("keys")


def _keys_by_script(request: HttpRequest) -> JsonResponse:
    try:
        changes = json.loads(request.body)
        if not isinstance(changes, dict) or not all(isinstance(key, str) for key in changes.values()):
            raise ValidationError(_("Expected an object of actions and their keys."))
        kept = preferences.change_keys(request.user, changes)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        return JsonResponse({"error": str(error), "errors": {}}, status=400)
    except ValidationError as problem:
        by_action = problem.message_dict if hasattr(problem, "error_dict") else {}
        return JsonResponse({"error": " ".join(problem.messages), "errors": by_action}, status=400)
    return JsonResponse({"kept": kept})


urlpatterns = [
    path("account/look", change_look, name="change_look"),
    path("account/mail", change_mail, name="change_mail"),
    path("account/keys", keys, name="keys"),
]
