"""The settings of a project: its rules, and its guideline by versions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.core.schema import VERDICTS
from annotations.models import GuidelineVersion, Project
from annotations.verbs import rules
from annotations.web.markdown import render_markdown
from annotations.web.project_page import project_page

VERSIONS_SHOWN = 20
OPTIONAL_VERDICTS = [(verdict, verdict) for verdict in VERDICTS if verdict not in rules.ALWAYS_IN_SCALE]


class RulesForm(forms.ModelForm):
    """The verdict scale as check boxes for what may be left out of it."""

    optional_verdicts = forms.MultipleChoiceField(
        choices=OPTIONAL_VERDICTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Verdicts besides correct and incorrect",
        help_text="Fixed from the first critique on.",
    )
    reference_answer = forms.ChoiceField(
        choices=[("never", "never"), ("after_submit", "after they submit"), ("always", "always")],
        label="Annotators see the reference answer",
    )

    unlabelled_steps = forms.ChoiceField(
        choices=[
            ("never", "none: each step needs a verdict"),
            ("after_error", "those after an incorrect step"),
            ("always", "any"),
        ],
        label="Steps that may be left unlabelled",
        help_text="A person says so of each: no step is left by accident.",
    )

    class Meta:
        model = Project
        fields = [rule for rule in rules.RULES if rule != "verdict_scale"]
        labels = {
            "overlap": "People per response",
            "blind": "Blind",
            "reveal": "Reveal",
            "require_explanation": "Explanations are required",
            "ask_confidence": "Ask for confidence",
            "require_confidence": "Confidence is required",
            "ask_skills": "Ask for skills",
            "ask_difficulty": "Ask for the difficulty",
            "step_reveal": "One step at a time",
            "lease_seconds": "Hold an item for (seconds)",
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["optional_verdicts"] = [
            verdict for verdict in self.instance.scale if verdict not in rules.ALWAYS_IN_SCALE
        ]

    def changes(self) -> dict[str, Any]:
        """What `verbs.rules.change_rules` takes."""
        changes = {rule: value for rule, value in self.cleaned_data.items() if rule in rules.RULES}
        changes["verdict_scale"] = " ".join([*rules.ALWAYS_IN_SCALE, *self.cleaned_data["optional_verdicts"]])
        return changes


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("change_rules")
def settings_page(request: Any) -> HttpResponse:
    # The form writes into its instance while it validates; the verb reads the row afresh.
    form = RulesForm(request.POST or None, instance=Project.objects.get(pk=request.project.pk))
    if form.is_valid():
        try:
            changed = rules.change_rules(request.project, request.user, **form.changes())
        except ValidationError as problem:
            _show(form, problem)
        else:
            messages.success(request, _told(changed))
            return redirect("project_settings", request.project.slug)
    return render(request, "project/settings.html", {"form": form, **_guideline(request.project)})


@require_POST
@project_page("change_rules")
def change_guideline(request: Any) -> HttpResponse:
    version = rules.new_guideline_version(
        request.project, request.POST.get("text", "").replace("\r\n", "\n"), request.user
    )
    messages.success(request, f"The guideline now stands at version {version.number}.")
    return redirect("project_settings", request.project.slug)


@require_safe
@project_page("see_project")
def guideline_version(request: Any, number: int) -> HttpResponse:
    """One version as it was: a critique names the version that it was made under."""
    versions = GuidelineVersion.objects.filter(project=request.project).select_related("created_by")
    version = versions.filter(number=number).first()
    if version is None:
        raise Http404(f"{request.project.name} has no such version of its guideline.")
    return render(request, "project/guideline.html", {"version": version, "html": render_markdown(version.text)})


def _guideline(project: Project) -> dict[str, Any]:
    versions = GuidelineVersion.objects.filter(project=project).select_related("created_by").order_by("-number")
    listed = list(versions[:VERSIONS_SHOWN])
    return {"versions": listed, "latest": listed[0] if listed else None}


def _show(form: RulesForm, problem: ValidationError) -> None:
    if not hasattr(problem, "error_dict"):
        form.add_error(None, problem)
        return
    for field, errors in problem.error_dict.items():
        form.add_error("optional_verdicts" if field == "verdict_scale" else field, errors)


def _told(changed: dict[str, Any]) -> str:
    return f"Changed: {', '.join(rule.replace('_', ' ') for rule in changed)}." if changed else "Nothing was changed."


urlpatterns = [
    path("p/<slug:slug>/settings", settings_page, name="project_settings"),
    path("p/<slug:slug>/settings/guideline", change_guideline, name="change_guideline"),
    path("p/<slug:slug>/guideline/<int:number>", guideline_version, name="guideline_version"),
]
