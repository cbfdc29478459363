"""The builder of a dataset: choose format and filter, see counts and rows at once, publish."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from annotations.models import Dataset
from annotations.verbs import publish, publish_preview
from annotations.web.dataset_form import DatasetForm, initial_of
from annotations.web.project_page import ProjectRequest, project_page

MOST_TEXT = 400  # characters of a value that is shown
MOST_PARTS = 3  # of a list


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("publish")
def build_dataset(request: ProjectRequest) -> HttpResponse:
    """A POST publishes, or with `preview` shows what would be; `?from=NAME` begins with that dataset's recipe."""
    project = request.project
    form = DatasetForm(request.POST or None, project=project)
    if not form.is_bound and (name := request.GET.get("from")):
        dataset = get_object_or_404(Dataset, project=project, name=name)
        form = DatasetForm(initial=initial_of(publish.recipe_of(dataset), form.critic_names), project=project)
    looked = _preview(request, form) if "preview" in request.POST else {}
    if form.is_bound and not looked and form.is_valid():
        try:
            publish.publish(project, form.recipe(), by=request.user)
        except ValueError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The publication is queued."))
            return redirect("datasets", project.slug)
    return render(
        request, "datasets/build.html", {"form": form, **looked}, status=400 if form.errors and not looked else 200
    )


@require_safe
@project_page("publish")
def preview_dataset(request: ProjectRequest) -> HttpResponse:
    """The partial that the builder asks for whenever something of the form changes."""
    form = DatasetForm(request.GET, project=request.project)
    return render(request, "datasets/_preview.html", _preview(request, form))


def _preview(request: ProjectRequest, form: DatasetForm) -> dict[str, Any]:
    """Whatever the name: it may not be typed yet."""
    form.is_valid()
    if wrong := [error for name, errors in form.errors.items() if name != "name" for error in errors]:
        return {"preview_error": " ".join(map(str, wrong))}
    try:
        found = publish_preview.preview(request.project, form.recipe())
    except ValueError as error:
        return {"preview_error": str(error)}
    return {"preview": found, "samples": [shown(row) for row in found.rows]}


def shown(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each column with its value in words, cut where it is long."""
    return [(name, told(value)) for name, value in row.items()]


def told(value: Any) -> str:
    """A value of a row in words."""
    if value is None:
        return "null"
    if isinstance(value, Mapping) and "bytes" in value:
        return _("an image")
    if isinstance(value, list) and value and all(isinstance(one, Mapping) and "content" in one for one in value):
        return _cut("\n".join(f"{one['role']}: {_content(one['content'])}" for one in value))
    if isinstance(value, (list, tuple)) and len(value) > MOST_PARTS:
        more = len(value) - MOST_PARTS
        rest = ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more}
        return f"{told(list(value[:MOST_PARTS]))} {rest}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(told, value)) if value else "[]"
    return _cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=lambda _: "…"))


def _content(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join("[image]" if part["type"] == "image" else part["text"] or "" for part in content)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} …"


urlpatterns = [
    path("p/<slug:slug>/datasets/new", build_dataset, name="build_dataset"),
    path("p/<slug:slug>/datasets/preview", preview_dataset, name="preview_dataset"),
]
