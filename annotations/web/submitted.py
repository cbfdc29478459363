"""A submitted critique of the person's own: read-only, with what may be seen now, and the ways on from it.

Where the project reveals, the critics' critiques stand beside it; what came of a critique is locked until it is asked
for. One key leads to the next item.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotations.core import schema
from annotations.core.critique_facts import first_error
from annotations.models import Critique, Draft, Response
from annotations.verbs import hindsight, reveal
from annotations.verbs.comments import may_comment
from annotations.verbs.hindsight import Locked
from annotations.verbs.payback import Payback, payback_of
from annotations.web.comments import talk_of
from annotations.web.compare_table import shown_images
from annotations.web.outcomes import outcome_views
from annotations.web.project_page import project_page
from annotations.web.responses import taxonomy_of
from annotations.web.step_text import render_step
from annotations.web.submitted_table import submitted_table


def page_to_show_first(critique: Critique, by: Any) -> str | None:
    """Where a person goes after this submit, before the next item; None where the project reveals nothing of it."""
    if critique.stage == "review":
        return reverse("review_queue", args=[critique.project.slug])
    if critique.stage == "adjudication":
        return reverse("adjudication_queue", args=[critique.project.slug])
    if not reveal.has_something_to_show(critique, by):
        return None
    return reverse("submitted", args=[critique.project.slug, critique.pk])


@require_safe
@project_page("annotate")
def submitted(request: Any, critique: UUID) -> HttpResponse:
    own = _own(request, critique)
    response = Response.objects.select_related("problem", "project").prefetch_related(
        "steps", "references", "problem__problem_images__image"
    ).get(pk=own.response_id)  # fmt: skip
    response.segmentation = own.segmentation  # the cut that the person judged
    critics = list(reveal.revealed(own, request.user).whole())
    reveal.note_shown(own, critics)
    table = submitted_table(response, own, critics, reveal.reactions_of(own.author, critics))
    head = Critique.objects.filter(head__author=own.author_id, head__response=own.response_id).only("pk").first()
    outcomes = outcome_views(hindsight.outcomes_of(own, critics, request.user), response)
    problem = response.problem
    return render(
        request,
        "submitted/page.html",
        {
            "own": own,
            "is_latest": head is not None and head.pk == own.pk,
            "latest": head,
            "draft": Draft.objects.filter(response=response, user=request.user, purpose="critique").only("pk").first(),
            "table": table,
            "critics": critics,
            "response": response,
            "question": render_step(problem.question),
            "options": [render_step(str(option)) for option in problem.options],
            "answer": render_step(response.answer) if response.answer else None,
            "reference_answer": problem.reference_answer if request.project.reference_answer != "never" else None,
            "images": shown_images(problem, table.columns),
            "taxonomy": taxonomy_of(request.project),
            "first_error": first_error(table.columns[0].record).step,
            "outcomes": outcomes,
            "payback": payback_lines(table.columns[0].record, payback_of(own, request.user)),
            "talk": talk_of(request, response, table.columns, own=own) if may_comment(request.user, response) else None,
            "asked": [view for view in outcomes if not view.outcome.hindsight],
        },
    )


@dataclass(frozen=True, slots=True)
class PaybackLine:
    """A step (0: the answer) on which the reference says something else than the person, or something more."""

    number: int
    mine: Any
    reference: Any
    findings: list[tuple[schema.Finding, str]]
    why: str


def payback_lines(own: schema.Critique, payback: Payback | None) -> list[PaybackLine] | None:
    """None where there is nothing to show; else what differs, and whatever the reference gives reasons for."""
    if payback is None:
        return None
    ordinal, lines = 0, []
    for mine, theirs in zip(own.judgments, payback.record.judgments, strict=True):
        findings = []
        for finding in theirs.findings:
            ordinal += 1
            findings.append((finding, payback.whys.get((theirs.step, ordinal), "")))
        lines.append(PaybackLine(theirs.step, mine, theirs, findings, payback.whys.get((theirs.step, None), "")))
    lines.append(PaybackLine(0, own.answer, payback.record.answer, [], payback.whys.get((0, None), "")))
    return [line for line in lines if line.mine.verdict != line.reference.verdict or line.findings or line.why]


@require_POST
@project_page("annotate")
def react(request: Any, critique: UUID, other: UUID, finding: int) -> HttpResponse:
    """`kind`: what the person says of a critic's finding; with `carry` it goes into their next revision."""
    own, theirs = _own(request, critique), _other(request, other)
    try:
        if "carry" in request.POST:
            draft = reveal.carry_over(own, theirs, finding, by=request.user)
            step = theirs.findings.get(ordinal=finding).step
            return redirect(reverse("annotate_draft", args=[request.project.slug, draft.pk]) + f"#step-{step}")
        kind: Any = request.POST.get("kind", "")
        reaction = reveal.react(own, theirs, finding, kind, by=request.user)
    except reveal.NotRevealed as refused:
        raise PermissionDenied(str(refused)) from refused
    except LookupError as error:
        raise Http404(str(error)) from error
    except ValueError as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
    if request.headers.get("HX-Request") == "true":
        return render(request, "submitted/_reaction.html", _reaction_context(own, theirs, finding, reaction.kind))
    return redirect(f"{_page(request, own)}#reaction-{theirs.pk}-{finding}")


def _reaction_context(own: Critique, theirs: Critique, finding: int, kind: str) -> dict[str, Any]:
    """What the partial asks of a `Theirs`."""
    return {"own": own, "theirs": {"column": {"row": theirs}, "ordinal": finding, "reaction": kind}}


@require_POST
@project_page("annotate")
def foresight(request: Any, critique: UUID, other: UUID) -> HttpResponse:
    """Whether a critic's critique helps, before its outcome is seen."""
    own, theirs = _own(request, critique), _other(request, other)
    rating, words = _rating(request)
    try:
        hindsight.rate_in_foresight(own, theirs, rating, words, by=request.user)
    except Locked as locked:
        raise PermissionDenied(str(locked)) from locked
    except ValueError as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
    return redirect(f"{_page(request, own)}#outcomes")


@require_POST
@project_page("annotate")
def show_outcome(request: Any, critique: UUID, correction: UUID) -> HttpResponse:
    own, response = _own(request, critique), get_object_or_404(Response, pk=correction, project=request.project)
    try:
        hindsight.show_outcome(own, response, by=request.user)
    except Locked as locked:
        raise PermissionDenied(str(locked)) from locked
    return redirect(f"{_page(request, own)}#outcome-{response.pk}")


@require_POST
@project_page("annotate")
def rate_outcome(request: Any, critique: UUID, correction: UUID) -> HttpResponse:
    """Whether the critique helped, after its outcome was shown; before that it is refused."""
    own, response = _own(request, critique), get_object_or_404(Response, pk=correction, project=request.project)
    rating, words = _rating(request)
    try:
        hindsight.rate_in_hindsight(own, response, rating, words, by=request.user)
    except Locked as locked:
        raise PermissionDenied(str(locked)) from locked
    except ValueError as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
    messages.success(request, _("Kept. Your critique stays as it is."))
    return redirect(f"{_page(request, own)}#outcome-{response.pk}")


def _rating(request: Any) -> tuple[Any, str]:
    return request.POST.get("rating", ""), request.POST.get("words", "").replace("\r\n", "\n").strip()


def _page(request: Any, own: Critique) -> str:
    return reverse("submitted", args=[request.project.slug, own.pk])


def _own(request: Any, critique: UUID) -> Critique:
    """404 for everybody but its author, so that the path tells nobody of a critique of somebody else."""
    rows = Critique.objects.whole().select_related("response__project", "response__problem", "project", "author")
    return get_object_or_404(rows, pk=critique, project=request.project, author__user=request.user)


def _other(request: Any, critique: UUID) -> Critique:
    return get_object_or_404(Critique, pk=critique, project=request.project, author__kind="critic")


urlpatterns = [
    path("p/<slug:slug>/submitted/<uuid:critique>", submitted, name="submitted"),
    path("p/<slug:slug>/submitted/<uuid:critique>/finding/<uuid:other>/<int:finding>", react, name="submitted_react"),
    path("p/<slug:slug>/submitted/<uuid:critique>/foresight/<uuid:other>", foresight, name="submitted_foresight"),
    path("p/<slug:slug>/submitted/<uuid:critique>/outcome/<uuid:correction>", show_outcome, name="submitted_outcome"),
    path("p/<slug:slug>/submitted/<uuid:critique>/outcome/<uuid:correction>/rate", rate_outcome, name="submitted_rate"),
]
