"""The first page after log-in: my projects, how far each is, and where to go on."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from annotations.models import Membership, Project
from annotations.verbs.permissions import ADMIN
from annotations.web.navigation import project_links


def projects_of(user: Any) -> list[dict[str, Any]]:
    """One row a project: the project with slots_done and slots, the role, and the pages that the role may open."""
    role = Membership.objects.filter(project=OuterRef("pk"), user=user).values("role")[:1]
    projects = (
        Project.objects.visible_to(user)
        .annotate(
            role=Subquery(role),
            slot_total=Count("slots", filter=~Q(slots__state__in=["closed", "retired"])),
            slot_done=Count("slots", filter=Q(slots__state="done")),
        )
        .order_by("name", "id")
    )
    rows = []
    for project in projects:
        role_here = ADMIN if user.is_superuser else project.role
        rows.append(
            {
                "project": project,
                "role": role_here,
                "links": project_links(project.slug, role_here, ""),
            }
        )
    return rows


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home/page.html", {"rows": projects_of(request.user)})


urlpatterns = [path("", home, name="home")]
