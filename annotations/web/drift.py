"""How people work over time, for admins and reviewers: by week, with signals that lead to their items."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from annotations.models import Critique
from annotations.verbs.drift import drifts
from annotations.web.project_page import project_page

PEOPLE_PER_PAGE = 20
WEEKS_SHOWN = 12
ITEMS_SHOWN = 10


@require_safe
@project_page("rule_on_items")
def drift_page(request: Any) -> HttpResponse:
    told = drifts(request.project)
    people = get_user_model().objects.filter(pk__in=told).order_by("username")
    page = Paginator(people, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    shown = [told[person.pk] for person in page]
    keys = {key for one in shown for key in (*one.too_fast[:ITEMS_SHOWN], *one.always_same[:ITEMS_SHOWN])}
    found = Critique.objects.filter(pk__in=[UUID(key) for key in keys]).select_related("response").only("response__key")
    responses = {str(critique.pk): critique.response for critique in found}
    rows = [
        {
            "person": person,
            "weeks": one.weeks[-WEEKS_SHOWN:],
            "fast": len(one.too_fast),
            "fast_items": [responses[key] for key in one.too_fast[:ITEMS_SHOWN]],
            "same": len(one.always_same),
            "same_items": [responses[key] for key in one.always_same[:ITEMS_SHOWN]],
        }
        for person, one in zip(page, shown, strict=True)
    ]
    return render(request, "gold/drift.html", {"page": page, "rows": rows})


urlpatterns = [path("p/<slug:slug>/drift", drift_page, name="drift")]
