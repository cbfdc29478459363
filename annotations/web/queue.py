"""The queue of a project: the mix of strategies, priorities, and batches for single people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from annotations.models import Batch, Membership, Project, Slot
from annotations.strategies.base import strategies
from annotations.verbs import batches, routing
from annotations.verbs.permissions import PERMISSIONS
from annotations.web.project_page import project_page

BATCHES_PER_PAGE = 30


class MixForm(forms.Form):
    """A weight for each strategy; none for what is not of the mix."""

    seed = forms.IntegerField(label=gettext_lazy("Seed"), min_value=0, max_value=2**31 - 1, initial=0)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = {part["strategy"]: part["weight"] for part in project.routing.get("mix", ())}
        self.fields["seed"].initial = project.routing.get("seed", 0)
        for strategy in strategies().values():
            self.fields[strategy.name] = forms.FloatField(
                label=_(strategy.title),
                help_text=_(strategy.help),
                min_value=0,
                max_value=1000,
                required=False,
                initial=held.get(strategy.name),
            )

    def mix(self) -> list[dict[str, Any]]:
        weights = {name: self.cleaned_data.get(name) for name in strategies()}
        return [{"strategy": name, "weight": weight} for name, weight in weights.items() if weight]


class BatchForm(forms.Form):
    person = forms.ModelChoiceField(get_user_model().objects.none(), label=gettext_lazy("Person"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    due_at = forms.DateTimeField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    keys = forms.CharField(
        label=gettext_lazy("Keys of responses"),
        help_text=gettext_lazy("One a line, in the order in which they are to come."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Membership.objects.filter(project=project, role__in=PERMISSIONS["annotate"]).values("user")
        people = get_user_model().objects.filter(pk__in=members).order_by("username")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class PriorityForm(forms.Form):
    priority = forms.IntegerField(label=gettext_lazy("Priority"), min_value=-1000, max_value=1000)
    keys = forms.CharField(
        label=gettext_lazy("Keys of responses"),
        help_text=gettext_lazy("One a line."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("assign")
def queue(request: Any) -> HttpResponse:
    """POST `do`: mix, lay_out, batch or priority."""
    project = request.project
    done = request.POST.get("do", "")
    mix = MixForm(request.POST if done == "mix" else None, project=project)
    batch = BatchForm(request.POST if done == "batch" else None, project=project, prefix="batch")
    priority = PriorityForm(request.POST if done == "priority" else None, prefix="priority")
    acts: dict[str, tuple[Any, Callable[[Any, Any], str]]] = {
        "mix": (mix, _change_mix),
        "batch": (batch, _give),
        "priority": (priority, _set_priority),
    }
    if done == "lay_out":
        count = routing.lay_out(project)
        messages.success(request, _("%(count)s items found their place again.") % {"count": count})
        return redirect("queue", project.slug)
    if done in acts:
        form, act = acts[done]
        if form.is_valid():
            try:
                messages.success(request, act(request, form))
            except ValidationError as problem:
                form.add_error(None, problem)
            else:
                return redirect("queue", project.slug)
    states = dict(Slot.objects.filter(project=project).values_list("state").annotate(Count("pk")))
    page = Paginator(batches.batches(project), BATCHES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"mix": mix, "batch": batch, "priority": priority, "states": states, "page": page}
    return render(request, "queue/page.html", context)


def _change_mix(request: Any, form: MixForm) -> str:
    routing.change_mix(request.project, form.mix(), seed=form.cleaned_data["seed"], by=request.user)
    return _("The queue is laid out by the new mix.")


def _give(request: Any, form: BatchForm) -> str:
    values = form.cleaned_data
    given = batches.give_batch(
        request.project,
        values["person"],
        values["keys"].splitlines(),
        name=values["name"],
        due_at=values["due_at"],
        by=request.user,
    )
    return _("%(name)s comes to %(person)s next.") % {"name": given.name, "person": given.user.get_username()}


def _set_priority(request: Any, form: PriorityForm) -> str:
    values = form.cleaned_data
    count = batches.set_priority(request.project, values["keys"].splitlines(), values["priority"], by=request.user)
    return _("%(count)s items have that priority now.") % {"count": count}


@require_POST
@project_page("assign")
def withdraw(request: Any, batch: UUID) -> HttpResponse:
    batches.withdraw_batch(get_object_or_404(Batch, pk=batch, project=request.project), request.user)
    return redirect("queue", request.project.slug)


@require_POST
@project_page("assign")
def skills(request: Any, person: int) -> HttpResponse:
    """`skills`: names, with commas."""
    member = get_object_or_404(Membership, project=request.project, user=person)
    try:
        batches.set_skills(request.project, member.user, request.POST.get("skills", "").split(","), by=request.user)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    return redirect("members", request.project.slug)


urlpatterns = [
    path("p/<slug:slug>/queue", queue, name="queue"),
    path("p/<slug:slug>/queue/batches/<uuid:batch>/withdraw", withdraw, name="withdraw_batch"),
    path("p/<slug:slug>/members/<int:person>/skills", skills, name="member_skills"),
]
