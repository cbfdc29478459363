"""Corrections and what came of them: the list of effects, and the form that starts corrections and rollouts.

For admins and reviewers, as what critics wrote is theirs to see; of an item that they hold as annotator they see
nothing (verbs/blindness.py).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from annotations.core.schema import EFFECT_KINDS, GUIDANCE_LEVELS, GUIDANCE_SOURCES
from annotations.models import Author, Project, Response
from annotations.templatetags.compare import EFFECTS, LEVELS
from annotations.verbs.blindness import visible_effects
from annotations.verbs.permissions import allows, require
from annotations.web.project_page import ProjectRequest, project_page
from workers import correcting, runs
from workers.estimate import Estimate
from workers.guides import KINDS
from workers.kinds.rollout import WHERE
from workers.models import Run
from workers.progress import in_words
from workers.rollouts import METHOD as ROLLOUT
from workers.run_form import FILTER, BudgetForm, filter_fields

PAGE_SIZE = 50
USUAL = "revise"  # offered first
SOURCES = {
    "none": gettext_lazy("nobody's"),
    "self": gettext_lazy("the corrector's own model's"),
    "cross": gettext_lazy("another model's"),
    "human": gettext_lazy("a person's"),
}
GUIDES = {
    "people": gettext_lazy("people's critiques"),
    "critics": gettext_lazy("critics' critiques"),
    "reference": gettext_lazy("the reference"),
}
FROM = {
    "findings": gettext_lazy("around each finding's step"),
    "steps": gettext_lazy("after every step"),
    "start": gettext_lazy("from the beginning"),
}


class EffectFilter(forms.Form):
    """Which effects are listed. A value that is not offered filters nothing out."""

    effect = forms.ChoiceField(label=gettext_lazy("Effect"), required=False)
    level = forms.ChoiceField(label=gettext_lazy("Guidance"), required=False)
    source = forms.ChoiceField(label=gettext_lazy("Whose critique"), required=False)
    critic = forms.ChoiceField(label=gettext_lazy("Critique by"), required=False)
    corrector = forms.ChoiceField(label=gettext_lazy("Corrector"), required=False)

    def __init__(self, project: Project, query: Any) -> None:
        super().__init__(query, label_suffix="")
        offered: dict[str, list[tuple[str, Any]]] = {
            "effect": [(kind, EFFECTS[kind]) for kind in EFFECT_KINDS],
            "level": [(level, LEVELS[level]) for level in GUIDANCE_LEVELS],
            "source": [(source, SOURCES[source]) for source in GUIDANCE_SOURCES],
            "critic": _names(Author.objects.filter(project=project, critiques__effects__isnull=False)),
            "corrector": _names(Author.objects.filter(project=project, effects__isnull=False)),
        }
        for name, choices in offered.items():
            self.fields[name].choices = [("", _("Any")), *choices]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def apply(self, effects: Any) -> Any:
        columns = {"critic": "critique__author__name", "corrector": "corrector__name"}
        return effects.filter(**{columns.get(name, name): value for name, value in self.chosen.items()})


class StartForm(forms.Form):
    """Corrections or rollouts: of which responses, by what, guided by whom, and what they may cost."""

    method = forms.ChoiceField(label=gettext_lazy("What"))
    model = forms.ChoiceField(label=gettext_lazy("Model"))
    guided_by = forms.ChoiceField(
        label=gettext_lazy("By"), help_text=gettext_lazy("Whose critiques guide, or are checked.")
    )
    levels = forms.MultipleChoiceField(
        label=gettext_lazy("Guidance"),
        choices=[(level, LEVELS[level]) for level in GUIDANCE_LEVELS],
        initial=["ASE"],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Of corrections: each gives one of its own. Nothing is the baseline."),
    )
    leave_one_out = forms.BooleanField(
        label=gettext_lazy("Leave out one finding at a time"),
        required=False,
        help_text=gettext_lazy("Once more for each finding, to see which one did it."),
    )
    where = forms.ChoiceField(
        label=gettext_lazy("Continue from"),
        choices=[(where, FROM[where]) for where in WHERE],
        help_text=gettext_lazy("Of rollouts."),
    )
    which = forms.ChoiceField(
        label=gettext_lazy("Responses"),
        choices=[
            ("originals", gettext_lazy("all that revise nothing")),
            ("filter", gettext_lazy("those that the filter lets through")),
            ("keys", gettext_lazy("these, by key")),
        ],
    )
    keys = forms.CharField(
        label=gettext_lazy("Keys"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One key a line, for “these, by key”."),
    )
    samples = forms.IntegerField(
        label=gettext_lazy("Samples"),
        initial=1,
        min_value=1,
        max_value=runs.MAX_SAMPLES,
        help_text=gettext_lazy("How often each is done."),
    )
    settings = forms.CharField(
        label=gettext_lazy("Settings"),
        required=False,
        help_text=gettext_lazy('As JSON, such as {"temperature": 0.7}; empty for the usual ones.'),
    )
    seed = forms.IntegerField(label=gettext_lazy("Seed"), initial=0, min_value=0, max_value=2**31 - 1)

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.budget_form = BudgetForm(*args, **kwargs)
        found = correcting.correctors()
        methods = [(name, _(corrector.title)) for name, corrector in found.items()]
        methods.sort(key=lambda method: method[0] != USUAL)
        methods.append((ROLLOUT, _("Rollouts: continue chains many times and check the answers.")))
        models = [(f"{engine} {model}", _model_words(engine, model)) for engine, model in correcting.models_of(project)]
        authors = Author.objects.filter(project=project, critiques__isnull=False)
        guides = [*((kind, GUIDES[kind]) for kind in reversed(KINDS)), *_names(authors)]
        for name, choices in (("method", methods), ("model", models), ("guided_by", guides)):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_settings(self) -> dict[str, Any]:
        given = self.cleaned_data["settings"].strip()
        try:
            settings = json.loads(given) if given else {}
        except ValueError as wrong:
            raise forms.ValidationError(_("Expected JSON; %(wrong)s.") % {"wrong": wrong}) from wrong
        if not isinstance(settings, dict):
            raise forms.ValidationError(_("Expected an object, such as {}."))
        return settings

    def clean_keys(self) -> list[str]:
        keys = [key for line in self.cleaned_data["keys"].splitlines() if (key := line.strip())]
        there = set(Response.objects.filter(project=self.project, key__in=keys).values_list("key", flat=True))
        if missing := [key for key in keys if key not in there]:
            raise forms.ValidationError(_("No response has the key %(key)s.") % {"key": missing[0]})
        return keys

    def is_valid(self) -> bool:
        budget_is_valid = self.budget_form.is_valid()
        return super().is_valid() and budget_is_valid

    def responses(self) -> QuerySet[Response]:
        """Those chosen. Raises ValueError for what the filter does not offer."""
        asked, of_project = self.cleaned_data, Response.objects.filter(project=self.project)
        if asked["which"] == "keys":
            return of_project.filter(key__in=asked["keys"])
        if asked["which"] == "filter":
            return runs.filtered(self.project, filter_fields(self.data))
        return of_project.filter(revises=None)

    def estimate(self) -> Estimate:
        """Raises ValueError, with words for the form."""
        return correcting.estimate(self.project, self.responses(), **self._asked())

    def start(self, by: Any) -> Run:
        """Raises ValueError, with words for the form."""
        budget, seed = self.budget_form.budget(), self.cleaned_data["seed"]
        return correcting.start(self.project, self.responses(), by=by, seed=seed, budget=budget, **self._asked())

    def _asked(self) -> dict[str, Any]:
        asked = self.cleaned_data
        engine, _space, model = asked["model"].partition(" ")
        parameters: dict[str, Any] = {"guided_by": asked["guided_by"]}
        if asked["method"] == ROLLOUT:
            parameters["where"] = asked["where"]
        else:
            parameters |= {"levels": asked["levels"], "leave_one_out": asked["leave_one_out"]}
        return {
            "method": asked["method"],
            "engine": engine,
            "model": model,
            "settings": asked["settings"],
            "parameters": parameters,
            "samples": asked["samples"],
        }


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("see_runs")
def corrections(request: ProjectRequest) -> HttpResponse:
    """The effects, newest first, and for admins the form that starts corrections and rollouts."""
    may_start = allows(request.role, "run_critic")
    form = StartForm(request.project, request.POST or None) if may_start or request.method == "POST" else None
    costs = None
    if request.method == "POST" and form is not None:
        require(request.user, "run_critic", request.project)
        if form.is_valid():
            try:
                if request.POST.get("do") == "estimate":
                    costs = form.estimate()
                else:
                    return redirect("run", request.project.slug, form.start(request.user).pk)
            except ValueError as refused:
                form.add_error(None, str(refused))
    filters = EffectFilter(request.project, request.GET)
    listed = filters.apply(visible_effects(request.user, request.project))
    page = Paginator(
        listed.select_related("critique__author", "corrector", "problem", "revised", "correction"), PAGE_SIZE
    ).get_page(request.GET.get("page"))
    query = urlencode(filters.chosen) + "&" if filters.chosen else ""
    told = {
        "page": page,
        "filters": filters,
        "form": form,
        "which_filter": runs.response_filter(request.project, {}, prefix=FILTER) if form is not None else None,
        "costs": costs,
        "costs_time": in_words(costs.seconds) if costs else "",
        "query": query,
    }
    return render(request, "corrections/page.html", told, status=400 if form is not None and form.errors else 200)


def _names(authors: Any) -> list[tuple[str, str]]:
    names = authors.order_by("name").values_list("name", flat=True).distinct()
    return [(name, name) for name in names]


def _model_words(engine: str, model: str) -> str:
    return _("the built-in model") if model == correcting.DEFAULT_MODEL else f"{model} ({engine})"


urlpatterns = [path("p/<slug:slug>/corrections", corrections, name="corrections")]
