"""What people report of items, for those who rule on it: proposals of another cut, and items skipped as broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotations.core.cuts import CutError
from annotations.core.schema import StepRange
from annotations.models import Assignment, CutProposal, Draft, Response
from annotations.verbs import broken, recut
from annotations.verbs.assign import SKIP_REASONS
from annotations.web.project_page import project_page
from annotations.web.step_text import render_step

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class CutView:
    """The steps that would change, before and after; `error` where the proposal means nothing any more."""

    proposal: CutProposal
    before: Sequence[tuple[int, SafeString]] = ()
    after: Sequence[tuple[int, SafeString]] = ()
    error: str = ""


@require_safe
@project_page("rule_on_items")
def cuts(request: Any) -> HttpResponse:
    """Open proposals, oldest first; `?view=ruled` those that were ruled on."""
    view = "ruled" if request.GET.get("view") == "ruled" else "open"
    rows = CutProposal.objects.filter(project=request.project, ruling__isnull=view == "open")
    rows = rows.select_related("response__problem", "proposed_by", "ruling__ruled_by")
    page = Paginator(rows.order_by("proposed_at", "id"), PAGE_SIZE).get_page(request.GET.get("page"))
    listed = list(page.object_list)
    steps = recut.steps_in_force(row.response for row in listed) if view == "open" else {}
    views = [_cut_view(row, steps[row.response_id]) if view == "open" else CutView(row) for row in listed]
    return render(request, "reports/cuts.html", {"page": page, "cuts": views, "view": view, "query": f"view={view}&"})


def _cut_view(proposal: CutProposal, steps: Sequence[StepRange]) -> CutView:
    try:
        old, new = recut.cut_by(proposal, steps)
    except CutError as error:
        return CutView(proposal, error=str(error))
    text = proposal.response.source_text
    return CutView(proposal, _changed(text, old, new), _changed(text, new, old))


def _changed(text: str, steps: Sequence[StepRange], others: Sequence[StepRange]) -> list[tuple[int, SafeString]]:
    """Those of the steps that are not among the others, with their numbers."""
    return [
        (number, render_step(text[step.start : step.end])) for number, step in enumerate(steps, 1) if step not in others
    ]


@require_POST
@project_page("rule_on_items")
def rule_on_cut(request: Any, proposal: UUID) -> HttpResponse:
    """`decision`: accept or decline, the latter with a `reason`."""
    rows = CutProposal.objects.select_related("project", "response")
    row = get_object_or_404(rows, pk=proposal, project=request.project)
    reason = request.POST.get("reason", "")
    try:
        if request.POST.get("decision") == "accept":
            recut.accept(row, by=request.user, reason=reason)
            messages.success(request, _("The chain is cut anew; new critiques are made under this cut."))
        else:
            recut.decline(row, reason, by=request.user)
            messages.success(request, _("The cut stays as it is."))
    except (CutError, ValueError, recut.RuledAlready) as refused:
        messages.error(request, str(refused))
    return redirect("cuts", request.project.slug)


@require_safe
@project_page("rule_on_items")
def broken_items(request: Any) -> HttpResponse:
    """Items that were skipped as broken: `?view=` open, retired or settled."""
    view = request.GET.get("view", "open")
    view = view if view in broken.VIEWS else "open"
    reports = Assignment.objects.filter(state="skipped", skip_reason__in=broken.BROKEN).select_related("user")
    rows = broken.reported(request.project, view).select_related("problem").defer("source_text", "extra")
    rows = rows.prefetch_related(Prefetch("assignments", reports.order_by("ended_at"), to_attr="reports"))
    page = Paginator(rows.order_by("position", "id"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "view": view, "views": broken.VIEWS, "reasons": SKIP_REASONS, "query": f"view={view}&"}
    return render(request, "reports/broken.html", context)


@require_POST
@project_page("rule_on_items")
def rule_on_item(request: Any, response_id: UUID) -> HttpResponse:
    """`decision`: retire (with a `reason`) or put_back."""
    row = get_object_or_404(Response.objects.select_related("project"), pk=response_id, project=request.project)
    reason = request.POST.get("reason", "")
    try:
        if request.POST.get("decision") == "retire":
            broken.retire(row, reason, by=request.user)
            messages.success(request, _("The item has left the queue."))
        else:
            broken.put_back(row, reason, by=request.user)
            messages.success(request, _("The item is in the queue again."))
    except ValueError as error:
        messages.error(request, str(error))
    return redirect("broken", request.project.slug)


@require_POST
@project_page("annotate")
def propose_cut(request: Any, draft: UUID) -> JsonResponse:
    """`kind` split or join, `step`, and for a split the `offset` in code points: from the page of the item."""
    own = Draft.objects.select_related("project", "response").filter(pk=draft, user=request.user)
    row = get_object_or_404(own, project=request.project)
    try:
        step, offset = int(request.POST.get("step", "")), int(request.POST.get("offset") or 0)
        recut.propose(row, request.POST.get("kind", ""), step, offset)
    except (CutError, ValueError) as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse({"told": _("Proposed. A reviewer looks at it; go on with the steps as they are.")})


urlpatterns = [
    path("p/<slug:slug>/reports/cuts", cuts, name="cuts"),
    path("p/<slug:slug>/reports/cuts/<uuid:proposal>", rule_on_cut, name="rule_on_cut"),
    path("p/<slug:slug>/reports/broken", broken_items, name="broken"),
    path("p/<slug:slug>/reports/broken/<uuid:response_id>", rule_on_item, name="rule_on_item"),
    path("p/<slug:slug>/annotate/<uuid:draft>/cut", propose_cut, name="annotate_cut"),
]
