"""Datasets: what is published, publishing the next version, and how to pull it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Max, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.exporters.base import ExportFormat, formats
from annotations.models import Dataset, Project, Snapshot, Work
from annotations.verbs import publish, work
from annotations.verbs.permissions import allows
from annotations.verbs.publish_filter import critic_names
from annotations.web.project_page import ProjectRequest, project_page

PAGE_SIZE = 20
WHOLE, SCORED = ("native",), ("visco",)


class PublishForm(forms.Form):
    """Makes the recipe: name, format with its options, and which critiques go out."""

    name = forms.SlugField(
        max_length=100,
        label=gettext_lazy("Dataset"),
        help_text=gettext_lazy(
            "Letters, digits and hyphens; unique on this instance. A name that is there gets its next version."
        ),
    )
    format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=lambda: [(format.name, _(format.title)) for format in _in_order()]
    )
    people = forms.BooleanField(required=False, initial=True, label=gettext_lazy("Critiques by people"))
    stage = forms.ChoiceField(
        choices=[
            ("any", gettext_lazy("before and after the reveal")),
            ("blind", gettext_lazy("only before the reveal")),
            ("after_reveal", gettext_lazy("only after the reveal")),
        ],
        label=gettext_lazy("Of people"),
    )
    critics = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label=gettext_lazy("Critics")
    )
    plants = forms.BooleanField(
        required=False,
        label=gettext_lazy("Plants too"),
        help_text=gettext_lazy("Chains with an error put in on purpose; their keys begin with planted:."),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Taken from the first publication."),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.critic_names = critic_names(project)
        critics = cast(forms.MultipleChoiceField, self.fields["critics"])
        critics.choices = [(name, name) for name in self.critic_names]
        critics.initial = self.critic_names
        if not self.critic_names:
            del self.fields["critics"]
        for format in formats().values():
            for option in format.options:
                self.fields[_field(format.name, option.name)] = forms.ChoiceField(
                    choices=[(value, _(value.replace("_", " "))) for value in option.values],
                    label=_(option.name.replace("_", " ").capitalize()),
                    help_text=_(option.help),
                    required=False,  # the default, where the browser sent none
                )

    def of_formats(self) -> list[tuple[ExportFormat, list[forms.BoundField]]]:
        """Each format with the fields of its options."""
        return [
            (format, [self[_field(format.name, option.name)] for option in format.options]) for format in _in_order()
        ]

    def of_critiques(self) -> list[forms.BoundField]:
        return [self[name] for name in ("people", "stage", "critics", "plants") if name in self.fields]

    def recipe(self) -> publish.Recipe:
        chosen = self.cleaned_data
        format = formats()[chosen["format"]]
        options = {option.name: chosen[_field(format.name, option.name)] for option in format.options}
        critics = chosen.get("critics", [])
        every = set(critics) == set(self.critic_names)  # also those to come
        return publish.Recipe(
            name=chosen["name"],
            format=format.name,
            filter={
                "people": chosen["people"],
                "critics": None if every else critics,
                "stage": chosen["stage"],
                **({"plants": True} if chosen["plants"] else {}),
            },
            options={name: value for name, value in options.items() if value},
            description=chosen["description"],
        )


def _in_order() -> list[ExportFormat]:
    """What holds everything first: it is what a first publication most likely wants."""
    return sorted(
        formats().values(), key=lambda format: (format.name not in WHOLE, format.name not in SCORED, format.title)
    )


def _field(format: str, option: str) -> str:
    return f"{format}-{option}"


def _publications(request: ProjectRequest) -> dict[str, Any]:
    """The latest publications, and whether the page should go on asking."""
    latest = list(Work.objects.filter(project=request.project, kind="publish").select_related("created_by")[:5])
    return {
        "publications": latest,
        "busy": any(not job.is_finished for job in latest),
        "may_publish": allows(request.role, "publish"),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("pull")
def datasets(request: ProjectRequest) -> HttpResponse:
    """The list; a POST publishes."""
    may_publish = allows(request.role, "publish")
    form = PublishForm(request.POST or None, project=request.project) if may_publish else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied(_("Publishing is for an admin of %(name)s.") % {"name": request.project.name})
        if form.is_valid():
            try:
                publish.publish(request.project, form.recipe(), by=request.user)
            except ValueError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The publication is queued."))
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
    messages.success(request, _("The publication is asked to stop."))
    return redirect("datasets", request.project.slug)


@require_safe
@project_page("pull")
def version(request: ProjectRequest, name: str, number: int) -> HttpResponse:
    whole = Snapshot.objects.select_related("dataset", "created_by").prefetch_related("files")
    snapshot = get_object_or_404(whole, dataset__project=request.project, dataset__name=name, version=number)
    told = {
        "snapshot": snapshot,
        "manifest": snapshot.manifest,
        "files": list(snapshot.files.all()),
        "base": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "datasets/version.html", told)


urlpatterns = [
    path("p/<slug:slug>/datasets", datasets, name="datasets"),
    path("p/<slug:slug>/datasets/publications", publications, name="publications"),
    path("p/<slug:slug>/datasets/publications/<uuid:work_id>/cancel", cancel_publication, name="cancel_publication"),
    path("p/<slug:slug>/datasets/<slug:name>/<int:number>", version, name="version"),
]
