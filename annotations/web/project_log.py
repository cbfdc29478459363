"""The log of a project: who did what and when, newest first, by pages that stay put while new lines come in."""

from __future__ import annotations

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
from annotations.web.project_page import project_page

LINES_PER_PAGE = 50


class LogFilter(forms.Form):
    verb = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    person = forms.ModelChoiceField(
        get_user_model().objects.none(),
        label=gettext_lazy("Person"),
        required=False,
        empty_label=gettext_lazy("everybody"),
    )

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
        return lines


@require_safe
@project_page("see_log")
def log_page(request: Any) -> HttpResponse:
    """Parameters: verb, person, and before (the id of the last line of the page before)."""
    form = LogFilter(request.GET, project=request.project)
    lines = _before(form.lines(request.project), request.GET.get("before", ""), request.project)
    found = list(lines[: LINES_PER_PAGE + 1])
    shown = found[:LINES_PER_PAGE]
    chosen = {name: request.GET[name] for name in ("verb", "person") if request.GET.get(name)}
    older = urlencode(chosen | {"before": shown[-1].pk}) if len(found) > LINES_PER_PAGE else None
    context = {"form": form, "lines": shown, "older": older, "newest": urlencode(chosen)}
    return render(request, "project/log.html", context)


def _before(lines: QuerySet[LogEntry], last: str, project: Project) -> QuerySet[LogEntry]:
    try:
        line = LogEntry.objects.filter(project_id=project.pk, pk=UUID(last)).first()
    except ValueError:
        return lines
    return lines.filter(Q(at__lt=line.at) | Q(at=line.at, pk__lt=line.pk)) if line else lines


urlpatterns = [path("p/<slug:slug>/log", log_page, name="log")]
