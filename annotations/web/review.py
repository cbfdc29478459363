"""Review: the queue of people's critiques that wait for a reviewer, and the page on which one is decided."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from annotations.models import Critique, Draft, Response, Review
from annotations.verbs import review
from annotations.verbs.blindness import may_see_others
from annotations.verbs.draft import DraftInTheWay
from annotations.verbs.review_queue import RISKS, ReviewQueue
from annotations.web.compare_table import compare, shown_images
from annotations.web.project_page import project_page
from annotations.web.responses import taxonomy_of
from annotations.web.step_text import render_step

PAGE_SIZE = 20
TABS = ("waiting", "returned", "reviewed")
DECISIONS = {
    "accepted": gettext_lazy("accepted"),
    "changed": gettext_lazy("accepted with changes"),
    "returned": gettext_lazy("returned"),
}
CHOICES = ("accept", "return", "change", "drop")


@require_safe
@project_page("review")
def review_queue(request: Any) -> HttpResponse:
    """`?tab=` waiting (the most pressing first), returned (not revised yet) or reviewed, the newest first."""
    tab = request.GET.get("tab", "waiting")
    tab = tab if tab in TABS else "waiting"
    rows: Any = ReviewQueue(request.project, request.user) if tab == "waiting" else _reviews(request, tab)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    listed = list(page.object_list)
    waiting = []
    if tab == "waiting":
        found = Critique.objects.select_related("author", "problem").in_bulk([row.critique for row in listed])
        waiting = [(found[row.critique], [RISKS[risk] for risk in row.risks]) for row in listed]
    context = {"page": page, "tab": tab, "tabs": TABS, "waiting": waiting, "decisions": DECISIONS}
    return render(request, "review/queue.html", context | {"reviews": listed, "query": f"tab={tab}&"})


def _reviews(request: Any, tab: str) -> QuerySet[Review]:
    reviews = Review.objects.filter(project=request.project)
    if tab == "returned":
        reviews = reviews.filter(decision="returned", critique__head__isnull=False)
    reviews = reviews.select_related("critique__problem", "author", "reviewer", "revision")
    return reviews.order_by("-reviewed_at", "-id")


@require_safe
@project_page("review")
def review_one(request: Any, critique: UUID) -> HttpResponse:
    """One critique beside its image, what was decided on earlier revisions, and the decision."""
    row = _critique(request, critique)
    response = Response.objects.select_related("problem", "project").prefetch_related(
        "steps", "references", "problem__problem_images__image"
    ).get(pk=row.response_id)  # fmt: skip
    response.segmentation = row.segmentation  # the cut that the person judged
    comparison = compare(response, [row])
    earlier = Review.objects.filter(response=row.response_id, author=row.author_id)
    decided = list(earlier.select_related("reviewer", "critique", "revision").order_by("reviewed_at", "id"))
    mine = Draft.objects.filter(response=row.response_id, user=request.user).first()
    return render(
        request,
        "review/page.html",
        {
            "critique": row,
            "column": comparison.columns[0],
            "rows": [(each, each.cells[0]) for each in comparison.rows],
            "response": response,
            "question": render_step(response.problem.question),
            "options": [render_step(str(option)) for option in response.problem.options],
            "answer": render_step(response.answer) if response.answer else None,
            "reference_answer": response.problem.reference_answer,
            "images": shown_images(response.problem, comparison.columns),
            "taxonomy": taxonomy_of(request.project),
            "decided": decided,
            "decisions": DECISIONS,
            "is_own": row.author.user_id == request.user.pk,
            "is_latest": Critique.objects.filter(pk=row.pk, head__isnull=False).exists(),
            "is_decided": any(each.critique_id == row.pk for each in decided),
            "changing": mine if mine and mine.purpose == "review" and mine.revises_id == row.pk else None,
        },
    )


@require_POST
@project_page("review")
def decide(request: Any, critique: UUID) -> HttpResponse:
    """`decision`: accept, return (with `reasons`), change (on to a draft), drop (the draft). Then the next one."""
    row, decision = _critique(request, critique), request.POST.get("decision", "")
    if decision not in CHOICES:
        expected = f"decision: expected one of {', '.join(CHOICES)}, found {decision!r}"
        return HttpResponseBadRequest(expected, content_type="text/plain; charset=utf-8")
    try:
        if decision == "change":
            return redirect("annotate_draft", request.project.slug, review.change(row, by=request.user).pk)
        if decision == "drop":
            review.drop_changes(row, by=request.user)
            return redirect("review_one", request.project.slug, row.pk)
        if decision == "accept":
            review.accept(row, by=request.user)
            messages.success(request, _("Accepted."))
        else:
            review.send_back(row, request.POST.get("reasons", ""), by=request.user)
            messages.success(request, _("Returned with your reasons: its author finds it in My work."))
    except (review.Settled, DraftInTheWay, ValueError) as refused:
        messages.error(request, str(refused))
        return redirect("review_one", request.project.slug, row.pk)
    following = ReviewQueue(request.project, request.user)[:1]
    if not following:
        return redirect("review_queue", request.project.slug)
    return redirect("review_one", request.project.slug, following[0].critique)


def _critique(request: Any, critique: UUID) -> Critique:
    """A person's critique that may be seen now; of an item that one is to critique blindly first, there is none."""
    rows = Critique.objects.whole().filter(author__kind="person").select_related("project", "response__project")
    row = get_object_or_404(rows, pk=critique, project=request.project)
    if not may_see_others(request.user, row.response):
        raise PermissionDenied(_("Submit your own critique of this response first; then you see what others wrote."))
    return row


urlpatterns = [
    path("p/<slug:slug>/review", review_queue, name="review_queue"),
    path("p/<slug:slug>/review/<uuid:critique>", review_one, name="review_one"),
    path("p/<slug:slug>/review/<uuid:critique>/decide", decide, name="review_decide"),
]
