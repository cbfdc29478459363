"""The compare page: image and chain once, a column per critique, aligned by step."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations.models import Critique, Response
from annotations.verbs.blindness import may_see_others, readable
from annotations.verbs.permissions import allows
from annotations.web.comments import talk_of
from annotations.web.compare_corrections import shown_checks, shown_corrections
from annotations.web.compare_filter import CompareFilter
from annotations.web.compare_table import compare, shown_images
from annotations.web.navigation import url_of
from annotations.web.project_page import ProjectRequest, project_page
from annotations.web.responses import taxonomy_of
from annotations.web.step_text import render_step


@require_safe
@project_page("see_responses")
def compare_page(request: ProjectRequest, response_id: UUID) -> HttpResponse:
    """All latest critiques of one response; `?revisions=all` adds the earlier ones, CompareFilter's names filter."""
    whole = Response.objects.select_related("problem", "project").prefetch_related(
        "steps", "references", "problem__problem_images__image"
    )
    response = get_object_or_404(whole, pk=response_id, project=request.project)
    if not may_see_others(request.user, response):
        raise PermissionDenied(_("Submit your own critique of this response first; then you see what others wrote."))
    critiques = readable(request.role, Critique.objects.filter(response=response)).whole()
    all_revisions = request.GET.get("revisions") == "all"
    if not all_revisions:
        critiques = critiques.latest()
    held, taxonomy = list(critiques), taxonomy_of(request.project)
    form = CompareFilter(request.GET, taxonomy=taxonomy, critiques=held)
    comparison = compare(response, form.columns(held), tells_reference=allows(request.role, "compare"))
    form.rows(comparison)
    problem = response.problem
    # Annotators are shown what came of critiques where they rate it (submitted page), not before.
    corrections, correction_count = (
        shown_corrections(response, comparison.columns) if allows(request.role, "compare") else ([], 0)
    )
    return render(
        request,
        "compare/page.html",
        {
            "response": response,
            "answer": render_step(response.answer) if response.answer else None,
            "question": render_step(problem.question),
            "options": [render_step(str(option)) for option in problem.options],
            "reference_answer": problem.reference_answer if _sees_reference_answer(request) else None,
            "images": shown_images(problem, comparison.columns),
            "comparison": comparison,
            "corrections": corrections,
            "correction_count": correction_count,
            "checks": shown_checks(comparison.columns),
            "taxonomy": taxonomy,
            "form": form,
            "filtered": bool(form.chosen),
            "is_reader_of_all": allows(request.role, "compare"),
            "all_revisions": all_revisions,
            "coming_url": url_of("coming", request.project.slug, str(response.pk)),
            "talk": talk_of(request, response, comparison.columns),
            "shown": readable(request.role, Critique.objects.filter(response=response)).count(),
        },
    )


def _sees_reference_answer(request: ProjectRequest) -> bool:
    """Who reads this page has submitted, or rules on others' critiques: only "never" keeps it from an annotator."""
    return request.project.reference_answer != "never" or allows(request.role, "compare")


urlpatterns = [path("p/<slug:slug>/compare/<uuid:response_id>", compare_page, name="compare")]
