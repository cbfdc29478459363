"""Pages of runs and workers. Model critiques stay out of them: they are for admins and reviewers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.models import Membership
from annotations.verbs.permissions import ADMIN, allows, require
from annotations.web.project_page import ProjectRequest, project_page
from workers import presence, runs, steering
from workers.models import Run, Worker
from workers.progress import failures, finished_counts, in_words, progress
from workers.queues import queue_for
from workers.registry import declared_in
from workers.run_form import FILTER, BudgetForm, RunForm
from workers.summary import summary

PAGE_SIZE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("see_runs")
def run_list(request: ProjectRequest) -> HttpResponse:
    """The runs, newest first, and for admins the form that starts one."""
    may_start = allows(request.role, "run_critic")
    critics = request.project.critics.filter(method__in=declared_in("workers.critics", "METHOD"))  # no correctors
    form = RunForm(request.project, list(critics), request.POST or None)
    costs = None
    if request.method == "POST":
        require(request.user, "run_critic", request.project)
        if form.is_valid():
            try:
                if request.POST.get("do") == "estimate":
                    costs = form.estimate(by=request.user)
                else:
                    return redirect("run", request.project.slug, form.start(by=request.user).pk)
            except ValueError as refused:
                form.add_error(None, str(refused))
    of_project = Run.objects.filter(project=request.project).exclude(kind="dry_run")
    of_project = of_project.select_related("critic", "created_by")
    page = Paginator(of_project, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = finished_counts(page.object_list)
    rows = [{"run": run, "counts": counts.get(run.pk, {})} for run in page.object_list]
    told = {
        "rows": rows,
        "page": page,
        "form": form,
        "filter": runs.response_filter(request.project, {}, prefix=FILTER) if may_start else None,
        "costs": costs,
        "costs_time": in_words(costs.seconds) if costs else "",
        "may_start": may_start,
        "query": "",
    }
    return render(request, "runs/page.html", told, status=400 if form.errors else 200)


@require_safe
@project_page("see_runs")
def run_page(request: Any, run_id: UUID) -> HttpResponse:
    """One run; asked by htmx, its progress alone."""
    run = _run(request, run_id)
    told = progress(run)
    served = presence.is_served(queue_for(run.critic), settings.WORK_LOOK_SECONDS)
    return render(
        request,
        "runs/_progress.html" if request.htmx else "runs/run.html",
        {
            "run": run,
            "progress": told,
            "time_left": in_words(told.seconds_left),
            "failures": failures(run) if told.failed else [],
            "no_worker": bool(told.unfinished) and not served,
            "may_start": allows(request.role, "run_critic"),
            "summary": summary(run) if run.finished_at else None,
            "lasted": in_words(run.seconds) if run.finished_at else "",
            "new_responses": steering.missing(run).count() if run.finished_at and not run.is_standing else 0,
            "budget_form": _budget_form(run) if run.state == "paused" else None,
        },
    )


@require_POST
@project_page("run_critic")
def pause(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    steering.pause_run(_run(request, run_id), by=request.user)
    return redirect("run", request.project.slug, run_id)


@require_POST
@project_page("run_critic")
def resume(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """With the budget that the form holds; one click where it holds the old one."""
    form = BudgetForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return redirect("run", request.project.slug, run_id)
    try:
        steering.resume_run(_run(request, run_id), by=request.user, budget=form.budget())
    except ValueError as refused:
        messages.error(request, str(refused))
    return redirect("run", request.project.slug, run_id)


@require_POST
@project_page("run_critic")
def extend(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    came = steering.extend_run(_run(request, run_id), by=request.user)
    told = ngettext("%(came)s new response got jobs.", "%(came)s new responses got jobs.", came)
    messages.success(request, told % {"came": came})
    return redirect("run", request.project.slug, run_id)


@require_POST
@project_page("run_critic")
def stand(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    """`standing`: yes or no."""
    steering.stand(_run(request, run_id), request.POST.get("standing") == "yes", by=request.user)
    return redirect("run", request.project.slug, run_id)


@require_POST
@project_page("run_critic")
def cancel(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    steering.cancel_run(_run(request, run_id), by=request.user)
    return redirect("run", request.project.slug, run_id)


@require_POST
@project_page("run_critic")
def retry(request: ProjectRequest, run_id: UUID) -> HttpResponse:
    again = steering.retry_failed(_run(request, run_id), by=request.user)
    told = ngettext("%(again)s job is queued again.", "%(again)s jobs are queued again.", again)
    messages.success(request, told % {"again": again})
    return redirect("run", request.project.slug, run_id)


@require_safe
@login_required
def worker_list(request: HttpRequest) -> HttpResponse:
    """Who is alive, doing what: for instance admins, and for whoever is admin of a project."""
    user = request.user
    if not (user.is_superuser or Membership.objects.filter(user=user.pk, role=ADMIN).exists()):
        raise PermissionDenied(_("This page is for instance admins and admins of a project."))
    alive = set(presence.alive(settings.WORK_LOOK_SECONDS).values_list("pk", flat=True))
    rows = [{"worker": worker, "alive": worker.pk in alive} for worker in Worker.objects.all()[:100]]
    # What a worker does names a project; only who may see them all is told which.
    return render(request, "runs/workers.html", {"rows": rows, "names_projects": user.is_superuser})


def _budget_form(run: Run) -> BudgetForm:
    form = BudgetForm()
    form.initial = {"calls": run.budget_calls, "tokens": run.budget_tokens, "seconds": run.budget_seconds}
    return form


def _run(request: ProjectRequest, run_id: UUID) -> Run:
    return get_object_or_404(
        Run.objects.select_related("critic", "created_by", "project"), pk=run_id, project=request.project
    )


urlpatterns = [
    path("p/<slug:slug>/runs", run_list, name="runs"),
    path("p/<slug:slug>/runs/<uuid:run_id>", run_page, name="run"),
    path("p/<slug:slug>/runs/<uuid:run_id>/pause", pause, name="pause_run"),
    path("p/<slug:slug>/runs/<uuid:run_id>/resume", resume, name="resume_run"),
    path("p/<slug:slug>/runs/<uuid:run_id>/extend", extend, name="extend_run"),
    path("p/<slug:slug>/runs/<uuid:run_id>/stand", stand, name="stand_run"),
    path("p/<slug:slug>/runs/<uuid:run_id>/cancel", cancel, name="cancel_run"),
    path("p/<slug:slug>/runs/<uuid:run_id>/retry", retry, name="retry_run"),
    path("workers", worker_list, name="workers"),
]
