"""The settings of a project: its rules, and its guideline by versions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.models import GuidelineVersion, Project
from annotations.verbs import rules
from annotations.verbs.words import VERDICTS, word
from annotations.web.markdown import render_markdown
from annotations.web.project_page import project_page

VERSIONS_SHOWN = 20
OPTIONAL_VERDICTS = [(verdict, VERDICTS[verdict]) for verdict in VERDICTS if verdict not in rules.ALWAYS_IN_SCALE]

RULE_LABELS = {
    "name": gettext_lazy("Name"),
    "description": gettext_lazy("Description"),
    "overlap": gettext_lazy("People per response"),
    "agreement_overlap": gettext_lazy("People per response of the share for agreement"),
    "agreement_share": gettext_lazy("Share for agreement"),
    "gold_rate": gettext_lazy("Share of gold and plants"),
    "gold_window": gettext_lazy("Gold items of the estimate"),
    "gold_warn": gettext_lazy("Warn below"),
    "gold_pause": gettext_lazy("Pause below"),
    "blind": gettext_lazy("Blind"),
    "reveal": gettext_lazy("Reveal"),
    "verdict_scale": gettext_lazy("Verdict scale"),
    "require_explanation": gettext_lazy("Explanations are required"),
    "ask_confidence": gettext_lazy("Ask for confidence"),
    "require_confidence": gettext_lazy("Confidence is required"),
    "ask_skills": gettext_lazy("Ask for skills"),
    "ask_difficulty": gettext_lazy("Ask for the difficulty"),
    "unlabelled_steps": gettext_lazy("Steps that may be left unlabelled"),
    "step_reveal": gettext_lazy("One step at a time"),
    "queue_corrections": gettext_lazy("Corrections are critiqued too"),
    "show_own_agreement": gettext_lazy("People see their agreement"),
    "reference_answer": gettext_lazy("Annotators see the reference answer"),
    "review_sampling": gettext_lazy("What reviewers read"),
    "review_percent": gettext_lazy("Of a hundred critiques, a reviewer reads"),
    "hide_sources": gettext_lazy("Adjudicate without names"),
    "settle_unanimous": gettext_lazy("Unanimous verdicts settle themselves"),
    "show_references": gettext_lazy("People see the reference"),
    "lease_seconds": gettext_lazy("Hold an item for (seconds)"),
    "court_rulings": gettext_lazy("Rulings per finding in court"),
    "match_step": gettext_lazy("Matching findings: weight of the step"),
    "match_type": gettext_lazy("Matching findings: weight of the error type"),
    "match_span": gettext_lazy("Matching findings: weight of the marked text"),
    "match_region": gettext_lazy("Matching findings: weight of the marked part of the image"),
    "match_text": gettext_lazy("Matching findings: weight of the explanation"),
    "match_threshold": gettext_lazy("Matching findings: likeness from which two are one"),
    "holdout_percent": gettext_lazy("Hidden holdout (percent of problems)"),
    "names_leave": gettext_lazy("People's names leave in datasets"),
}
RULE_HELP = {
    "overlap": gettext_lazy("How many people critique each response."),
    "agreement_overlap": gettext_lazy("Some responses may get more people, so that agreement can be told."),
    "agreement_share": gettext_lazy("Which part of the responses gets so many, 0 to 1; chosen by chance."),
    "gold_rate": gettext_lazy("Which part of a person's items is one whose truth is known, 0 to 0.5."),
    "gold_window": gettext_lazy("A person's estimate is of their last so many."),
    "gold_warn": gettext_lazy("Share of first errors told right, below which a person is warned."),
    "gold_pause": gettext_lazy("Share below which their work pauses until a reviewer lifts it."),
    "blind": gettext_lazy("Hide other critiques from a person until theirs is submitted."),
    "reveal": gettext_lazy("Show the critics' critiques after a person submits."),
    "require_explanation": gettext_lazy("A finding needs an explanation."),
    "ask_confidence": gettext_lazy("Each verdict may say how sure the person is."),
    "require_confidence": gettext_lazy("Each judgment needs a confidence."),
    "ask_skills": gettext_lazy("Each step may be tagged with the skills that it asks."),
    "ask_difficulty": gettext_lazy("A person says how difficult the problem is, 1 to 5."),
    "step_reveal": gettext_lazy("Show the next step only once this one is judged."),
    "queue_corrections": gettext_lazy("Corrections that come in from now on enter the queue."),
    "show_own_agreement": gettext_lazy("How often others judged a step as they did, once both have submitted."),
    "review_percent": gettext_lazy("Where it goes by share. Which ones is drawn once and stays."),
    "hide_sources": gettext_lazy("Whoever adjudicates does not see whose critique is whose."),
    "settle_unanimous": gettext_lazy(
        "A verdict on which all agree stands in the reference before anybody adjudicates."
    ),
    "show_references": gettext_lazy("What the reference says of what they submitted, and why."),
    "lease_seconds": gettext_lazy("How long an item is held without a sign of life."),
    "court_rulings": gettext_lazy("1 or 2; where two disagree, a third judge rules."),
    "match_step": gettext_lazy("What either side does not give drops out; 0 leaves a part out for all."),
    "match_threshold": gettext_lazy("From 0 to 1; below it, two findings are told apart. Figures follow at once."),
    "holdout_percent": gettext_lazy(
        "Chosen by a hash of their keys; they leave in no dataset and by no API. It may grow, never shrink."
    ),
    "names_leave": gettext_lazy("Otherwise people are pseudonyms, always the same ones."),
}


class RulesForm(forms.ModelForm):
    """The verdict scale as check boxes for what may be left out of it."""

    optional_verdicts = forms.MultipleChoiceField(
        choices=OPTIONAL_VERDICTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Verdicts besides correct and incorrect"),
        help_text=gettext_lazy("Fixed from the first critique on."),
    )
    reference_answer = forms.ChoiceField(
        choices=[
            ("never", gettext_lazy("never")),
            ("after_submit", gettext_lazy("after they submit")),
            ("always", gettext_lazy("always")),
        ],
        label=RULE_LABELS["reference_answer"],
    )

    unlabelled_steps = forms.ChoiceField(
        choices=[
            ("never", gettext_lazy("none: each step needs a verdict")),
            ("after_error", gettext_lazy("those after an incorrect step")),
            ("always", gettext_lazy("any")),
        ],
        label=RULE_LABELS["unlabelled_steps"],
        help_text=gettext_lazy("A person says so of each: no step is left by accident."),
    )

    review_sampling = forms.ChoiceField(
        choices=[
            ("none", gettext_lazy("nothing but what comes back revised")),
            ("rate", gettext_lazy("a share, drawn at random")),
            ("risk", gettext_lazy("what has a sign of risk: differing, unsure, quick, a newcomer's")),
            ("all", gettext_lazy("all critiques of people")),
        ],
        label=RULE_LABELS["review_sampling"],
    )

    class Meta:
        model = Project
        fields = [rule for rule in rules.RULES if rule != "verdict_scale"]
        labels = RULE_LABELS
        help_texts = RULE_HELP
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
            if request.POST.get("action") == "preview":
                effect = _shown(rules.preview(request.project, request.user, **form.changes()))
                return render(
                    request, "project/settings.html", {"form": form, "effect": effect, **_guideline(request.project)}
                )
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
    messages.success(request, _("The guideline now stands at version %(number)s.") % {"number": version.number})
    return redirect("project_settings", request.project.slug)


@require_safe
@project_page("see_project")
def guideline_version(request: Any, number: int) -> HttpResponse:
    """One version as it was: a critique names the version that it was made under."""
    versions = GuidelineVersion.objects.filter(project=request.project).select_related("created_by")
    version = versions.filter(number=number).first()
    if version is None:
        raise Http404(_("%(name)s has no such version of its guideline.") % {"name": request.project.name})
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


def _shown(effect: rules.Effect) -> dict[str, Any]:
    """In words: each rule with its value before and after, and the places that would open or close."""
    changed = [(RULE_LABELS.get(rule, rule), before, after) for rule, (before, after) in effect.changed.items()]
    return {"changed": changed, "places": [(word(state), *pair) for state, pair in effect.places.items()]}


def _told(changed: dict[str, Any]) -> str:
    if not changed:
        return _("Nothing was changed.")
    rules_told = (str(RULE_LABELS.get(rule, rule)) for rule in changed)
    return _("Changed: %(rules)s.") % {"rules": ", ".join(rules_told)}


urlpatterns = [
    path("p/<slug:slug>/settings", settings_page, name="project_settings"),
    path("p/<slug:slug>/settings/guideline", change_guideline, name="change_guideline"),
    path("p/<slug:slug>/guideline/<int:number>", guideline_version, name="guideline_version"),
]
