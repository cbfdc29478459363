"""Pages of critics, runs and workers. Model critiques stay out of them: they are for admins and reviewers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.models import Membership
from annotations.verbs.permissions import ADMIN, allows, require
from annotations.web.project_page import ProjectRequest, project_page
from workers import presence, runs, steering
from workers.critics.base import Method
from workers.models import Critic, Run, Worker
from workers.progress import failures, finished_counts, in_words, progress
from workers.queues import queue_for
from workers.registry import declared_in

PAGE_SIZE = 20


class RunForm(forms.Form):
    """Which critic reads which responses, how often."""

    critic = forms.ChoiceField(label=gettext_lazy("Critic"))
    which = forms.ChoiceField(
        label=gettext_lazy("Responses"),
        choices=[
            ("all", gettext_lazy("all of the project")),
            ("new", gettext_lazy("those without a critique of this critic")),
            ("keys", gettext_lazy("these, by key")),
        ],
    )
    keys = forms.CharField(
        label=gettext_lazy("Keys"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One key a line, for “these, by key”."),
    )
    samples = forms.IntegerField(
        label=gettext_lazy("Samples"),
        initial=1,
        min_value=1,
        max_value=runs.MAX_SAMPLES,
        help_text=gettext_lazy("Critiques of each response."),
    )

    def __init__(self, critics: list[Critic], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        models = {runs.BUILT_IN: "default"} | {critic.name: critic.model for critic in critics}
        named = [(name, f"{name} ({_model_in_words(model)})") for name, model in models.items()]
        self.fields["critic"].choices = named  # type: ignore[attr-defined]

    def start(self, request: ProjectRequest) -> Run:
        """Raises ValueError, with words for the form."""
        asked = self.cleaned_data
        critic = runs.critic_named(request.project, asked["critic"], by=request.user)
        keys = [key for line in asked["keys"].splitlines() if (key := line.strip())]
        responses = runs.choose(critic, asked["which"], keys)
        return runs.start_run(critic, responses, by=request.user, samples=asked["samples"])


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("see_runs")
def run_list(request: ProjectRequest) -> HttpResponse:
    """The runs, newest first, and for admins the form that starts one."""
    may_start = allows(request.role, "run_critic")
    form = RunForm(list(request.project.critics.all()), request.POST or None)
    if request.method == "POST":
        require(request.user, "run_critic", request.project)
        if form.is_valid():
            try:
                run = form.start(request)
            except ValueError as refused:
                form.add_error(None, str(refused))
            else:
                return redirect("run", request.project.slug, run.pk)
    of_project = Run.objects.filter(project=request.project).select_related("critic", "created_by")
    page = Paginator(of_project, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = finished_counts(page.object_list)
    rows = [{"run": run, "counts": counts.get(run.pk, {})} for run in page.object_list]
    told = {"rows": rows, "page": page, "form": form, "may_start": may_start, "query": ""}
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
        },
    )


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
@project_page("see_runs")
def critic_page(request: ProjectRequest, name: str) -> HttpResponse:
    """What a critic is made of, and what to think of it."""
    critic = get_object_or_404(Critic, project=request.project, name=name)
    method: Method | None = declared_in("workers.critics", "METHOD").get(critic.method)
    return render(request, "runs/critic.html", {"critic": critic, "method": method})


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


def _model_in_words(model: str) -> str:
    return _("the built-in model") if model == "default" else model


def _run(request: ProjectRequest, run_id: UUID) -> Run:
    return get_object_or_404(
        Run.objects.select_related("critic", "created_by", "project"), pk=run_id, project=request.project
    )


urlpatterns = [
    path("p/<slug:slug>/runs", run_list, name="runs"),
    path("p/<slug:slug>/runs/<uuid:run_id>", run_page, name="run"),
    path("p/<slug:slug>/runs/<uuid:run_id>/cancel", cancel, name="cancel_run"),
    path("p/<slug:slug>/runs/<uuid:run_id>/retry", retry, name="retry_run"),
    path("p/<slug:slug>/critics/<slug:name>", critic_page, name="critic"),
    path("workers", worker_list, name="workers"),
]
