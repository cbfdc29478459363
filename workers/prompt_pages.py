"""Pages of a project's prompts: what is in force, a new version, and a dry run of it beside the old one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.core import codec
from annotations.core.schema import Critique as CritiqueRecord
from annotations.models import Response, Work
from annotations.verbs.permissions import allows, require
from annotations.web.project_page import ProjectRequest, project_page
from workers import prompt_versions, runs
from workers.critics.wrapping import configured, prompts_of
from workers.models import Critic, PromptVersion, Run
from workers.prompts import places, prompt, shipped_text

SHOWN_VERSIONS = 20
LONGEST_PROMPT = 20_000


@dataclass(frozen=True, slots=True)
class InForce:
    """The text in force; `number` is that of the project's own version, None for the file."""

    text: str
    number: int | None


class PromptForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=LONGEST_PROMPT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "false"}),
    )


class DryRunForm(PromptForm):
    critic = forms.ChoiceField(label=gettext_lazy("Critic"))
    response = forms.CharField(
        label=gettext_lazy("Response"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("The key of one response; empty takes the first."),
    )

    def __init__(self, critics: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["critic"].choices = [(name, name) for name in critics]  # type: ignore[attr-defined]


@require_safe
@project_page("see_runs")
def prompt_list(request: ProjectRequest) -> HttpResponse:
    """Every prompt, and whether the project has its own version."""
    own = PromptVersion.objects.filter(project=request.project).order_by("name", "-number").distinct("name")
    numbers = {version.name: version.number for version in own}
    rows = [{"name": name, "number": numbers.get(name)} for name in prompt_versions.names()]
    return render(request, "prompts/list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("see_runs")
def prompt_page(request: ProjectRequest, name: str) -> HttpResponse:
    """One prompt: its text, with forms for whoever may run critics; a POST writes the next version."""
    in_force = _in_force(request, name)
    form = PromptForm(request.POST or None, initial={"text": in_force.text})
    if request.method == "POST":
        require(request.user, "run_critic", request.project)
        if form.is_valid():
            try:
                version = prompt_versions.write_version(
                    request.project, name, form.cleaned_data["text"], by=request.user
                )
            except ValueError as wrong:
                form.add_error("text", str(wrong))
            else:
                messages.success(
                    request, _("Version %(number)s is in force for runs that start now.") % {"number": version.number}
                )
                return redirect("prompt", request.project.slug, name)
    critics = _critics_asking(request, name)
    return _page(request, name, form, DryRunForm(critics, initial={"text": in_force.text}), in_force)


@require_POST
@project_page("run_critic")
def dry_run(request: ProjectRequest, name: str) -> HttpResponse:
    """Starts a dry run of the text that was sent, and goes to its page."""
    in_force = _in_force(request, name)
    form = DryRunForm(_critics_asking(request, name), request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            run = _start(request, name, asked)
        except ValueError as wrong:
            form.add_error(None, str(wrong))
        else:
            return redirect("dry_run_of_prompt", request.project.slug, name, run.pk)
    return _page(request, name, PromptForm(initial={"text": request.POST.get("text", "")}), form, in_force)


@require_safe
@project_page("see_runs")
def dry_run_page(request: ProjectRequest, name: str, run_id: UUID) -> HttpResponse:
    """Both critiques side by side; asked by htmx while it runs, that part alone."""
    run = get_object_or_404(Run.objects.select_related("critic"), pk=run_id, project=request.project, kind="dry_run")
    if run.parameters["prompt"] != name:
        raise Http404("There is no such dry run of this prompt.")
    (work,) = Work.objects.filter(group=run.pk).select_related("job__response__problem")
    told = work.result or {}
    both = [codec.parse(CritiqueRecord, told[which]) for which in ("before", "after") if which in told]
    rows = [
        {"before": before, "after": after, "differs": before.verdict != after.verdict or before.state != after.state}
        for before, after in (zip(both[0].judgments, both[1].judgments, strict=True) if both else ())
    ]
    return render(
        request,
        "prompts/_dry_run.html" if request.htmx else "prompts/dry_run.html",  # type: ignore[attr-defined]
        {
            "name": name,
            "run": run,
            "work": work,
            "response": work.job.response,
            "both": both,
            "rows": rows,
            "may_write": allows(request.role, "run_critic"),
        },
    )


def _start(request: ProjectRequest, name: str, asked: dict[str, Any]) -> Run:
    """Raises ValueError with words for the form."""
    critic = runs.critic_named(request.project, asked["critic"], by=request.user)
    responses = Response.objects.filter(project=request.project)
    if asked["response"]:
        responses = responses.filter(key=asked["response"])
    parameters = {"prompt": name, "text": asked["text"].replace("\r\n", "\n")}
    first = responses.order_by("position", "id").values("pk")[:1]
    return runs.start_run(
        critic, Response.objects.filter(pk__in=first), by=request.user, kind="dry_run", parameters=parameters
    )


def _page(request: ProjectRequest, name: str, form: PromptForm, dry: DryRunForm, in_force: InForce) -> HttpResponse:
    versions = PromptVersion.objects.filter(project=request.project, name=name).select_related("created_by")
    tried = Run.objects.filter(project=request.project, kind="dry_run", parameters__prompt=name)
    failed = form.errors or dry.errors
    return render(
        request,
        "prompts/page.html",
        {
            "name": name,
            "form": form,
            "dry": dry,
            "in_force": in_force,
            "places": sorted(places(prompt(name))),
            "versions": versions[:SHOWN_VERSIONS],
            "tried": tried.select_related("critic")[:SHOWN_VERSIONS],
            "may_write": allows(request.role, "run_critic"),
        },
        status=400 if failed else 200,
    )


def _in_force(request: ProjectRequest, name: str) -> InForce:
    if name not in prompt_versions.names():
        raise Http404("There is no prompt of this name.")
    own = PromptVersion.objects.filter(project=request.project, name=name).first()
    text = own.text if own else shipped_text(name)
    return InForce(text, own.number if own else None)


def _critics_asking(request: ProjectRequest, name: str) -> list[str]:
    """The project's critics, and the built-in one, whose method asks by this prompt."""
    there = {critic.name: critic for critic in Critic.objects.filter(project=request.project)}
    there.setdefault(runs.BUILT_IN, Critic(name=runs.BUILT_IN, method="direct"))
    return sorted(critic for critic, row in there.items() if name in _prompts(row))


def _prompts(critic: Critic) -> tuple[str, ...]:
    try:
        return prompts_of(*configured(critic.method, critic.settings))
    except (KeyError, TypeError, ValueError):
        return ()  # a corrector, or a critic whose settings no longer hold: neither can be tried here


urlpatterns = [
    path("p/<slug:slug>/prompts", prompt_list, name="prompts"),
    path("p/<slug:slug>/prompts/<slug:name>", prompt_page, name="prompt"),
    path("p/<slug:slug>/prompts/<slug:name>/dry-run", dry_run, name="dry_run"),
    path("p/<slug:slug>/prompts/<slug:name>/dry-runs/<uuid:run_id>", dry_run_page, name="dry_run_of_prompt"),
]
