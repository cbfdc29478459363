"""Datasets: what is published, publishing the next version, and how to pull it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.exporters.base import formats
from annotations.models import Author, Dataset, Snapshot, Work
from annotations.verbs import publish, work
from annotations.verbs.permissions import allows
from annotations.web.project_page import ProjectRequest, project_page

PAGE_SIZE = 20


class PublishForm(forms.Form):
    """Makes the recipe: name, format with its options, and which critiques go out."""

    name = forms.SlugField(max_length=100, help_text="Small letters, digits and hyphens; unique on this instance.")
    format = forms.ChoiceField()
    people = forms.BooleanField(required=False, initial=True, label="Critiques by people")
    stage = forms.ChoiceField(
        choices=[
            ("any", "before and after the reveal"),
            ("blind", "only before the reveal"),
            ("after_reveal", "only after the reveal"),
        ],
        label="Of people",
    )
    critics = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Critiques by critics"
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, project: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [(format.name, format.title) for format in formats().values()]
        critics = Author.objects.filter(project=project, kind="critic").order_by("name")
        names = list(critics.values_list("name", flat=True).distinct())
        self.fields["critics"].choices = [(name, name) for name in names]
        self.fields["critics"].initial = names
        for format in formats().values():
            for option in format.options:
                self.fields[_field(format.name, option.name)] = forms.ChoiceField(
                    choices=[(value, value.replace("_", " ")) for value in option.values],
                    label=f"{format.title}: {option.name}",
                    help_text=option.help,
                )

    def recipe(self) -> publish.Recipe:
        chosen = self.cleaned_data
        format = formats()[chosen["format"]]
        return publish.Recipe(
            name=chosen["name"],
            format=format.name,
            filter={"people": chosen["people"], "critics": chosen["critics"], "stage": chosen["stage"]},
            options={option.name: chosen[_field(format.name, option.name)] for option in format.options},
            description=chosen["description"],
        )


def _field(format: str, option: str) -> str:
    return f"{format}-{option}"


def _publications(request: ProjectRequest) -> dict[str, Any]:
    """The latest publications, and whether the page should go on asking."""
    latest = list(Work.objects.filter(project=request.project, kind="publish").select_related("created_by")[:5])
    return {"publications": latest, "busy": any(not job.is_finished for job in latest)}


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("pull")
def datasets(request: ProjectRequest) -> HttpResponse:
    """The list; a POST publishes."""
    may_publish = allows(request.role, "publish")
    form = PublishForm(request.POST or None, project=request.project) if may_publish else None
    if request.method == "POST":
        if form is None:
            return HttpResponse("Only an admin of the project publishes.", status=403, content_type="text/plain")
        if form.is_valid():
            try:
                publish.publish(request.project, form.recipe(), by=request.user)
            except ValueError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, "The publication is queued.")
                return redirect("datasets", request.project.slug)
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
        {"page": page, "form": form, "query": "", **_publications(request)},
        status=400 if form is not None and form.errors else 200,
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
    messages.success(request, "The publication is asked to stop.")
    return redirect("datasets", request.project.slug)


@require_safe
@project_page("pull")
def version(request: ProjectRequest, name: str, number: int) -> HttpResponse:
    whole = Snapshot.objects.select_related("dataset", "created_by").prefetch_related("files")
    snapshot = get_object_or_404(whole, dataset__project=request.project, dataset__name=name, version=number)
    files = list(snapshot.files.all())
    return render(
        request,
        "datasets/version.html",
        {"snapshot": snapshot, "files": files, "base": request.build_absolute_uri("/").rstrip("/")},
    )


urlpatterns = [
    path("p/<slug:slug>/datasets", datasets, name="datasets"),
    path("p/<slug:slug>/datasets/publications", publications, name="publications"),
    path("p/<slug:slug>/datasets/publications/<uuid:work_id>/cancel", cancel_publication, name="cancel_publication"),
    path("p/<slug:slug>/datasets/<slug:name>/<int:number>", version, name="version"),
]
