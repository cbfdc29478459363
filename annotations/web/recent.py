"""Back to the last items: a short list; each leads to its page (submitted.py), where revising it is one press away."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from annotations.core.schema import RULING_STAGES
from annotations.models import Critique, Draft
from annotations.web.project_page import project_page

LAST_ITEMS = 10


@require_safe
@project_page("annotate")
def recent(request: Any) -> HttpResponse:
    """The person's last critiques here, and their drafts, as the inside of a dialog. Two queries."""
    critiques = Critique.objects.filter(project=request.project, author__user=request.user, head__isnull=False)
    critiques = critiques.exclude(stage__in=RULING_STAGES)
    drafts = Draft.objects.filter(project=request.project, user=request.user, version__gt=0)
    shown = {
        "critiques": critiques.select_related("problem").order_by("-stored_at", "-id")[:LAST_ITEMS],
        "drafts": drafts.select_related("response__problem").order_by("-updated_at")[:LAST_ITEMS],
    }
    return render(request, "annotate/_recent.html", shown)


urlpatterns = [path("p/<slug:slug>/annotate/recent", recent, name="annotate_recent")]
