"""The beginning and the end of a project, both for instance admins only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from annotations.models import Critique, Project, Response, Snapshot
from annotations.verbs import erase, rules
from annotations.web.project_page import project_page


class CreateForm(forms.ModelForm):
    class Meta:
        model = Project
        fields = ["name", "slug"]
        labels = {"name": gettext_lazy("Name"), "slug": gettext_lazy("Short name in addresses")}
        help_texts = {"slug": gettext_lazy("Small letters, digits, hyphens; it stays for good.")}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def create_project(request: HttpRequest) -> HttpResponse:
    if not request.user.is_superuser:
        raise PermissionDenied(_("Only an instance admin may create a project."))
    form = CreateForm(request.POST or None)
    if form.is_valid():
        project = rules.create_project(form.cleaned_data["slug"], form.cleaned_data["name"], by=request.user)
        messages.success(
            request, _("%(name)s is made: set its rules, then invite people and import data.") % {"name": project.name}
        )
        return redirect("project_settings", project.slug)
    return render(request, "project/create.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("erase_project")
def erase_project(request: Any) -> HttpResponse:
    problems: list[str] = []
    if request.method == "POST":
        try:
            erase.erase_project(request.project, by=request.user, confirm_slug=request.POST.get("slug", ""))
        except ValidationError as problem:
            problems = problem.messages
        else:
            messages.success(request, _("%(name)s is erased.") % {"name": request.project.name})
            return redirect("home")
    counts = {
        "responses": Response.objects.filter(project=request.project).count(),
        "critiques": Critique.objects.filter(project=request.project).count(),
        "published dataset versions": Snapshot.objects.filter(dataset__project=request.project).count(),
    }
    return render(request, "project/erase.html", {"problems": problems, "counts": counts})


urlpatterns = [
    path("projects/new", create_project, name="create_project"),
    path("p/<slug:slug>/erase", erase_project, name="erase_project"),
]
