"""Pages of critics: those of the project, what one is made of, and a new one of any method, engine and model."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from annotations.verbs.permissions import allows
from annotations.web.project_page import ProjectRequest, project_page
from workers import runs
from workers.models import Critic, Endpoint
from workers.registry import declared_in
from workers.settings_form import SettingsForm, methods

PAGE_SIZE = 50


class CriticForm(forms.Form):
    """What a critic is, but for its method's settings."""

    name = forms.SlugField(label=gettext_lazy("Name"), max_length=60, help_text=gettext_lazy("Critiques carry it."))
    engine = forms.ChoiceField(label=gettext_lazy("Engine"))
    model = forms.CharField(
        label=gettext_lazy("Model"),
        max_length=300,
        initial="default",
        help_text=gettext_lazy("“default” for the built-in one, a folder or GGUF file on the workers, or an endpoint."),
        widget=forms.TextInput(attrs={"list": "known-models", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        engines = declared_in("workers.engines", "ENGINE")
        self.fields["engine"].choices = [(name, kind.title) for name, kind in engines.items()]  # type: ignore[attr-defined]
        self.fields["engine"].initial = "torch_local"


@require_safe
@project_page("see_runs")
def critic_list(request: ProjectRequest) -> HttpResponse:
    critics = Critic.objects.filter(project=request.project).annotate(run_count=Count("runs")).order_by("name")
    page = Paginator(critics, PAGE_SIZE).get_page(request.GET.get("page"))
    told = {"page": page, "may_start": allows(request.role, "run_critic"), "query": ""}
    return render(request, "runs/critics.html", told)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("run_critic")
def new_critic(request: Any) -> HttpResponse:
    """`?method=` says whose settings are asked for; choosing another method asks for the page again, or by htmx for
    the settings alone."""
    known = methods()
    method = known.get(request.POST.get("method") or request.GET.get("method") or "direct", known["direct"])
    form = CriticForm(request.POST or None)
    settings_form = SettingsForm(method.settings, request.POST or None, prefix="set")
    if request.method == "POST" and form.is_valid() and settings_form.is_valid():
        try:
            critic = runs.make_critic(
                request.project,
                form.cleaned_data["name"],
                method=method.name,
                engine=form.cleaned_data["engine"],
                model=form.cleaned_data["model"],
                settings=settings_form.settings(),
                by=request.user,
            )
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("critic", request.project.slug, critic.name)
    told = {
        "form": form,
        "settings_form": settings_form,
        "method": method,
        "methods": known.values(),
        "known_models": ["default", *Endpoint.objects.values_list("name", flat=True)],
    }
    template = "runs/_settings.html" if request.htmx else "runs/new_critic.html"
    return render(request, template, told, status=400 if form.errors or settings_form.errors else 200)


@require_safe
@project_page("see_runs")
def critic_page(request: ProjectRequest, name: str) -> HttpResponse:
    """What a critic is made of, and what to think of it."""
    critic = get_object_or_404(Critic, project=request.project, name=name)
    return render(request, "runs/critic.html", {"critic": critic, "method": methods().get(critic.method)})


urlpatterns = [
    path("p/<slug:slug>/critics", critic_list, name="critics"),
    path("p/<slug:slug>/new-critic", new_critic, name="new_critic"),
    path("p/<slug:slug>/critics/<slug:name>", critic_page, name="critic"),
]
