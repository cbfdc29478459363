"""Datasets: what is published, how to pull it, and what changed between two versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max, Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotations.models import Dataset, Snapshot, Work
from annotations.verbs import work
from annotations.verbs.permissions import allows
from annotations.verbs.version_changes import VersionChanges, version_changes
from annotations.web.dataset_builder import told
from annotations.web.project_page import ProjectRequest, project_page

PAGE_SIZE = 20


def _publications(request: ProjectRequest) -> dict[str, Any]:
    """The latest publications, and whether the page should go on asking."""
    latest = list(Work.objects.filter(project=request.project, kind="publish").select_related("created_by")[:5])
    return {
        "publications": latest,
        "busy": any(not job.is_finished for job in latest),
        "may_publish": allows(request.role, "publish"),
    }


@require_safe
@project_page("pull")
def datasets(request: ProjectRequest) -> HttpResponse:
    """The list."""
    found = (
        Dataset.objects.filter(project=request.project)
        .annotate(latest=Max("snapshots__version"))
        .prefetch_related(Prefetch("snapshots", Snapshot.objects.order_by("-version")))
        .order_by("name")
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "datasets/page.html",
        {"page": page, "query": "", **_publications(request)},
    )


@require_safe
@project_page("pull")
def publications(request: ProjectRequest) -> HttpResponse:
    """The partial that the list polls while something is being published."""
    return render(request, "datasets/_publications.html", _publications(request))


@require_POST
@project_page("publish")
def cancel_publication(request: ProjectRequest, work_id: Any) -> HttpResponse:
    job = get_object_or_404(Work, pk=work_id, project=request.project, kind="publish")
    work.cancel(job, by=request.user)
    messages.success(request, _("The publication is asked to stop."))
    return redirect("datasets", request.project.slug)


@require_safe
@project_page("pull")
def version(request: ProjectRequest, name: str, number: int) -> HttpResponse:
    snapshot = _version(request, name, number)
    shown = {
        "snapshot": snapshot,
        "manifest": snapshot.manifest,
        "files": list(snapshot.files.all()),
        "base": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "datasets/version.html", shown)


@require_safe
@project_page("pull")
def version_differences(request: ProjectRequest, name: str, number: int) -> HttpResponse:
    """Rows added, removed and changed since an earlier version, `?since=`, by default the one before."""
    newer = _version(request, name, number)
    since = request.GET.get("since", "")
    older = _version(request, name, int(since) if since.isdecimal() and len(since) < 7 else number - 1)
    found = version_changes(older, newer)
    earlier = Snapshot.objects.filter(dataset=newer.dataset, version__lt=number).order_by("-version")
    return render(
        request,
        "datasets/changes.html",
        {
            "newer": newer,
            "older": older,
            "earlier": list(earlier.values_list("version", flat=True)[:50]),
            "changes": found,
            "kinds": _kinds(found) if found else [],
        },
    )


Shown = tuple[list[tuple[str, str]], list[tuple[str, str, str]]]


def _kinds(found: VersionChanges) -> list[tuple[str, int, list[Shown]]]:
    """Each kind with its count and some rows: which row it is, and (column, before, after) of what differs."""
    held = (
        (_("Changed"), found.counts.changed, found.changed),
        (_("Added"), found.counts.added, found.added),
        (_("Removed"), found.counts.removed, found.removed),
    )
    return [
        (
            word,
            count,
            [
                (
                    [(name, told(value)) for name, value in row.names.items()],
                    [(column, told(before), told(after)) for column, before, after in row.parts],
                )
                for row in rows
            ],
        )
        for word, count, rows in held
    ]


def _version(request: ProjectRequest, name: str, number: int) -> Snapshot:
    whole = Snapshot.objects.select_related("dataset", "created_by").prefetch_related("files")
    found = whole.filter(dataset__project=request.project, dataset__name=name, version=number).first()
    if found is None:
        raise Http404(_("%(name)s has no version %(number)s.") % {"name": name, "number": number})
    return found


urlpatterns = [
    path("p/<slug:slug>/datasets", datasets, name="datasets"),
    path("p/<slug:slug>/datasets/publications", publications, name="publications"),
    path("p/<slug:slug>/datasets/publications/<uuid:work_id>/cancel", cancel_publication, name="cancel_publication"),
    path("p/<slug:slug>/datasets/<slug:name>/<int:number>", version, name="version"),
    path("p/<slug:slug>/datasets/<slug:name>/<int:number>/changes", version_differences, name="version_differences"),
]
