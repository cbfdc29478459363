"""The log of a project: who did what and when, newest first, by pages that stay put while new lines come in."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from annotations.models import LogEntry, Project
from annotations.web.leads import csv_reply
from annotations.web.project_page import project_page

LINES_PER_PAGE = 50
CSV_LINES = 100_000
FILTERS = ("verb", "person", "since", "until")


class LogFilter(forms.Form):
    verb = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    person = forms.ModelChoiceField(
        get_user_model().objects.none(),
        label=gettext_lazy("Person"),
        required=False,
        empty_label=gettext_lazy("everybody"),
    )

    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = LogEntry.objects.filter(project_id=project.pk).order_by()
        verbs = lines.values_list("verb", flat=True).distinct()
        self.fields["verb"].choices = [("", _("everything")), *((verb, verb) for verb in sorted(verbs))]  # type: ignore[attr-defined]
        actors = lines.values("actor")
        people = get_user_model().objects.filter(pk__in=actors).order_by("username")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]

    def lines(self, project: Project) -> QuerySet[LogEntry]:
        """An unknown verb or person filters nothing out: the form says what is wrong with it."""
        lines = LogEntry.objects.filter(project_id=project.pk).select_related("actor")
        if self.is_valid():
            if self.cleaned_data["verb"]:
                lines = lines.filter(verb=self.cleaned_data["verb"])
            if self.cleaned_data["person"]:
                lines = lines.filter(actor=self.cleaned_data["person"])
            if self.cleaned_data["since"]:
                lines = lines.filter(at__date__gte=self.cleaned_data["since"])
            if self.cleaned_data["until"]:
                lines = lines.filter(at__date__lte=self.cleaned_data["until"])
        return lines


@require_safe
@project_page("see_log")
def log_page(request: Any) -> HttpResponse:
    """Parameters: verb, person, since, until (days, both included), and before (id of the last line before)."""
    form = LogFilter(request.GET, project=request.project)
    lines = _before(form.lines(request.project), request.GET.get("before", ""), request.project)
    found = list(lines[: LINES_PER_PAGE + 1])
    shown = found[:LINES_PER_PAGE]
    chosen = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    older = urlencode(chosen | {"before": shown[-1].pk}) if len(found) > LINES_PER_PAGE else None
    context = {"form": form, "lines": shown, "older": older, "newest": urlencode(chosen)}
    return render(request, "project/log.html", context)


def _before(lines: QuerySet[LogEntry], last: str, project: Project) -> QuerySet[LogEntry]:
    try:
        line = LogEntry.objects.filter(project_id=project.pk, pk=UUID(last)).first()
    except ValueError:
        return lines
    return lines.filter(Q(at__lt=line.at) | Q(at=line.at, pk__lt=line.pk)) if line else lines


@require_safe
@project_page("see_log")
def log_csv(request: Any) -> HttpResponse:
    """The lines that fit the filter, newest first, at most CSV_LINES; values before and after as JSON."""
    form = LogFilter(request.GET, project=request.project)
    rows = (
        (line.at.isoformat(), line.actor.get_username() if line.actor else "", line.verb, line.target,
         _json(line.before), _json(line.after))
        for line in form.lines(request.project)[:CSV_LINES]
    )  # fmt: skip
    return csv_reply(f"{request.project.slug}-log.csv", ("at", "who", "verb", "target", "before", "after"), rows)


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


urlpatterns = [
    path("p/<slug:slug>/log", log_page, name="log"),
    path("p/<slug:slug>/log.csv", log_csv, name="log_csv"),
]
