"""The compare page: image and chain once, a column per critique, aligned by step."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from annotations.models import Critique, Response
from annotations.verbs.blindness import may_see_others
from annotations.web.compare_table import compare
from annotations.web.project_page import ProjectRequest, project_page
from annotations.web.responses import next_difference


@require_safe
@project_page("see_responses")
def compare_page(request: ProjectRequest, response_id: UUID) -> HttpResponse:
    """All latest critiques of one response; `?revisions=all` adds the earlier ones."""
    whole = Response.objects.select_related("problem", "project").prefetch_related(
        "steps", "references", "problem__problem_images__image"
    )
    response = get_object_or_404(whole, pk=response_id, project=request.project)
    if not may_see_others(request.user, response):
        raise PermissionDenied("Submit your own critique of this response first; then you see what others wrote.")
    critiques = Critique.objects.filter(response=response).whole()
    if request.GET.get("revisions") != "all":
        critiques = critiques.latest()
    images = list(response.problem.problem_images.all())
    sizes = {placed.number: (placed.image.width, placed.image.height) for placed in images}
    comparison = compare(response, list(critiques), sizes)
    return render(
        request,
        "compare/page.html",
        {
            "response": response,
            "problem": response.problem,
            "images": [(placed, comparison.regions.get(placed.number, [])) for placed in images],
            "comparison": comparison,
            "next": next_difference(request, response),
        },
    )


urlpatterns = [path("p/<slug:slug>/compare/<uuid:response_id>", compare_page, name="compare")]
