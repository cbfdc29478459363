"""The leads' dashboard: each figure with a way to its items, each table as CSV; and work released in bulk."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from annotations.models import Assignment, Project
from annotations.verbs import leads
from annotations.verbs.permissions import allows
from annotations.verbs.review_queue import ReviewQueue
from annotations.web.project_page import project_page
from annotations.web.responses import taxonomy_of

PEOPLE_PER_PAGE = 50
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


@require_safe
@project_page("see_dashboard")
def dashboard(request: Any) -> HttpResponse:
    """Progress and forecast, health of the queue, rulings that wait, agreement by type, people."""
    project = request.project
    people = Paginator(leads.people(project), PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "leads/page.html",
        {
            "progress": leads.progress(project),
            "health": leads.health(project),
            "rulings": leads.rulings(project),
            "to_review": len(ReviewQueue(project, request.user)),
            "types": leads.agreement_by_type(project),
            "page": people,
            "days": leads.PACE_DAYS,
            "taxonomy": taxonomy_of(project),
            "may_release": allows(request.role, "assign") or request.user.is_superuser,
        },
    )


Table = tuple[Sequence[str], Iterable[Sequence[Any]]]


def _people(project: Project) -> Table:
    names = ("person", "critiques", "active_hours", "median_seconds_a_step", "held", "skipped", "reviewed", "returned",
             "last_submitted")  # fmt: skip
    return names, (
        (one.name, one.critiques, one.hours, one.step_seconds, one.held, one.skipped, one.reviewed, one.returned,
         one.last_at.isoformat() if one.last_at else None)
        for one in leads.people(project)
    )  # fmt: skip


def _types(project: Project) -> Table:
    rows = ((one.type, one.joined, one.flagged, one.share, one.responses) for one in leads.agreement_by_type(project))
    return ("error_type", "joined", "flagged", "agreement", "responses"), rows


def _progress(project: Project) -> Table:
    told, held = leads.progress(project), leads.health(project)
    row = (told.done, told.held, told.open, told.retired, told.extra, told.a_day, told.days_left, held.idle,
           held.unread, held.expired, held.skipped)  # fmt: skip
    names = ("done", "held", "open", "retired", "extra", "submitted_a_day", "days_left", "idle", "unread",
             "expired_lately", "skipped_lately")  # fmt: skip
    return names, [row]


TABLES: dict[str, Callable[[Project], Table]] = {"people": _people, "types": _types, "progress": _progress}


@require_safe
@project_page("see_dashboard")
def dashboard_csv(request: Any, table: str) -> HttpResponse:
    """One of TABLES. Names are text: none begins like a formula."""
    if table not in TABLES:
        raise Http404(f"table: expected one of {', '.join(TABLES)}, found {table}")
    names, rows = TABLES[table](request.project)
    return csv_reply(f"{request.project.slug}-{table}.csv", names, rows)


def csv_reply(file_name: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A file to download, in UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([_as_text(value) for value in row] for row in rows)
    reply = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return reply


def _as_text(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("assign")
def release_held(request: Any, user: int) -> HttpResponse:
    """GET shows what would go back into the queue; POST gives it back."""
    person = get_object_or_404(get_user_model(), pk=user, memberships__project=request.project)
    if request.method == "POST":
        count = leads.release_held(request.project, person, by=request.user)
        told = ngettext("%(count)s item went back into the queue.", "%(count)s items went back into the queue.", count)
        messages.success(request, told % {"count": count})
        return redirect("leads", request.project.slug)
    held = Assignment.objects.filter(project=request.project, user=person, state="held")
    page = Paginator(held.select_related("response__problem").order_by("given_at", "id"), PEOPLE_PER_PAGE)
    context = {"person": person, "page": page.get_page(request.GET.get("page")), "query": ""}
    return render(request, "leads/release.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("see_project")
def leave(request: Any) -> HttpResponse:
    """A person leaves the project: GET says what that means, POST does it."""
    if request.method == "POST":
        try:
            leads.leave(request.project, request.user)
        except ValueError as refused:
            messages.error(request, str(refused))
            return redirect("leave_project", request.project.slug)
        messages.success(request, _("You have left %(name)s.") % {"name": request.project.name})
        return redirect("home")
    return render(request, "leads/leave.html")


urlpatterns = [
    path("p/<slug:slug>/leads", dashboard, name="leads"),
    path("p/<slug:slug>/leads/<slug:table>.csv", dashboard_csv, name="leads_csv"),
    path("p/<slug:slug>/leads/release/<int:user>", release_held, name="release_held"),
    path("p/<slug:slug>/leave", leave, name="leave_project"),
]
