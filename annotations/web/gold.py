"""Gold and plants, for admins and reviewers: what is hidden among the work, how people and critics did on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.models import GoldItem, GoldSignal, Plant
from annotations.plants.base import kinds
from annotations.verbs import gold, plants
from annotations.web.project_page import project_page
from annotations.web.responses import taxonomy_of
from annotations.web.workbench import SEVERITY_LABELS

PAGE_SIZE = 30
SIGNALS_SHOWN = 50
VIEWS = ("proposed", "accepted", "declined")


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("rule_on_items")
def gold_page(request: Any) -> HttpResponse:
    """POST `keys`: these responses become gold."""
    if request.method == "POST":
        try:
            found = gold.find(request.project, request.POST.get("keys", "").splitlines())
            count = gold.add_gold(request.project, found, request.user)
            messages.success(request, _("%(count)s responses are hidden among the work now.") % {"count": count})
        except ValidationError as problem:
            messages.error(request, " ".join(problem.messages))
        return redirect("gold", request.project.slug)
    told = gold.estimates(request.project)
    people = {person.pk: person for person in get_user_model().objects.filter(pk__in=told)}
    signals = GoldSignal.objects.filter(project=request.project).select_related("user", "lifted_by")[:SIGNALS_SHOWN]
    page = Paginator(gold.gold_items(request.project), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(people[key], figures) for key, figures in told.items() if key in people]
    return render(request, "gold/page.html", {"page": page, "rows": rows, "signals": signals})


@require_POST
@project_page("rule_on_items")
def retire(request: Any, response_id: UUID) -> HttpResponse:
    gold.retire_gold(get_object_or_404(GoldItem, pk=response_id, project=request.project), request.user)
    return redirect("gold", request.project.slug)


@require_POST
@project_page("rule_on_items")
def lift(request: Any, signal: UUID) -> HttpResponse:
    held = get_object_or_404(GoldSignal, pk=signal, project=request.project)
    try:
        gold.lift(held, request.POST.get("words", ""), request.user)
    except ValueError as error:
        messages.error(request, str(error))
    return redirect("gold", request.project.slug)


class RuleForm(forms.Form):
    kinds = forms.MultipleChoiceField(label=gettext_lazy("Kinds of error"), widget=forms.CheckboxSelectMultiple)
    count = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=plants.MOST_AT_ONCE, initial=10)
    seed = forms.IntegerField(label=gettext_lazy("Seed"), min_value=0, max_value=2**31 - 1, initial=0)
    consistent = forms.BooleanField(label=gettext_lazy("Later steps go on with it"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(kind.name, _(kind.title)) for kind in kinds().values()]  # type: ignore[attr-defined]


class HandForm(forms.Form):
    key = forms.CharField(label=gettext_lazy("Key of a correct response"), max_length=200)
    step = forms.IntegerField(label=gettext_lazy("Step"), min_value=1)
    text = forms.CharField(label=gettext_lazy("The step with its error"), widget=forms.Textarea(attrs={"rows": 2}))
    error_type = forms.ChoiceField(label=gettext_lazy("Type of error"))
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), choices=SEVERITY_LABELS)
    explanation = forms.CharField(label=gettext_lazy("What is wrong with it"), max_length=2000)

    def __init__(self, *args: Any, project: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taxonomy = taxonomy_of(project)
        self.fields["error_type"].choices = [(code, taxonomy.label(code)) for code in taxonomy.codes()]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("rule_on_items")
def plants_page(request: Any) -> HttpResponse:
    """`?view=` proposed, accepted or declined. POST `do`: rule or hand."""
    done = request.POST.get("do", "")
    by_rule = RuleForm(request.POST if done == "rule" else None, prefix="rule")
    by_hand = HandForm(request.POST if done == "hand" else None, project=request.project, prefix="hand")
    try:
        if done == "rule" and by_rule.is_valid():
            given = by_rule.cleaned_data
            made = plants.plant_by_rule(
                request.project, given.pop("kinds"), given.pop("count"), **given, by=request.user
            )
            messages.success(request, _("%(count)s plants are proposed.") % {"count": len(made)})
            return redirect("plants", request.project.slug)
        if done == "hand" and by_hand.is_valid():
            given = by_hand.cleaned_data
            (origin,) = gold.find(request.project, [given.pop("key")])
            plants.plant_by_hand(origin, given.pop("step"), given.pop("text"), **given, by=request.user)
            messages.success(request, _("The plant is proposed."))
            return redirect("plants", request.project.slug)
    except ValidationError as problem:
        (by_rule if done == "rule" else by_hand).add_error(None, problem)
    view = request.GET.get("view", VIEWS[0])
    view = view if view in VIEWS else VIEWS[0]
    listed = Plant.objects.filter(project=request.project, state=view).select_related("response__problem", "origin")
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(held, plants.shown_change(held)) for held in page]
    context = {"page": page, "rows": rows, "view": view, "views": VIEWS, "by_rule": by_rule, "by_hand": by_hand}
    titles = {name: _(kind.title) for name, kind in kinds().items()} | {"": _("all"), "by_hand": _("by hand")}
    recalls = [
        (name, [(titles.get(kind, kind), figures) for kind, figures in by_kind.items()])
        for name, by_kind in plants.recalls(request.project).items()
    ]
    return render(request, "gold/plants.html", context | {"recalls": recalls, "query": f"view={view}&"})


@require_POST
@project_page("rule_on_items")
def rule_on_plant(request: Any, response_id: UUID) -> HttpResponse:
    held = get_object_or_404(Plant, pk=response_id, project=request.project)
    try:
        if request.POST.get("decision") == "accept":
            plants.accept(held, request.user)
        else:
            plants.decline(held, request.POST.get("reason", ""), request.user)
    except ValueError as error:
        messages.error(request, str(error))
    return redirect("plants", request.project.slug)


@require_safe
@project_page("rule_on_items")
def scored_items(request: Any, person: int) -> HttpResponse:
    """A person's gold items and plants, each with how it was scored: what their figures rest on."""
    user = get_object_or_404(get_user_model(), pk=person, memberships__project=request.project)
    held = list(reversed(gold.scored(request.project, user=user)))
    page = Paginator(held, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "gold/items.html", {"page": page, "person": user})


urlpatterns = [
    path("p/<slug:slug>/gold", gold_page, name="gold"),
    path("p/<slug:slug>/gold/people/<int:person>", scored_items, name="gold_of_person"),
    path("p/<slug:slug>/gold/items/<uuid:response_id>/retire", retire, name="retire_gold"),
    path("p/<slug:slug>/gold/signals/<uuid:signal>/lift", lift, name="lift_gold_signal"),
    path("p/<slug:slug>/plants", plants_page, name="plants"),
    path("p/<slug:slug>/plants/<uuid:response_id>", rule_on_plant, name="rule_on_plant"),
]
