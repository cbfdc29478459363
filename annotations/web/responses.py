"""The list of a project's responses, with how many people and critics wrote of each, and whether they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations.core.schema import RULING_STAGES
from annotations.core.taxonomy import Taxonomy, parse_taxonomy
from annotations.models import Author, CritiqueHead, Project, Response
from annotations.verbs.blindness import may_see_others, visible_responses
from annotations.verbs.critiques_agree import compared, differs
from annotations.verbs.permissions import allows
from annotations.web.project_page import ProjectRequest, project_page
from annotations.web.response_filter import ResponseFilter

PAGE_SIZE = 50


@require_safe
@project_page("see_responses")
def responses(request: ProjectRequest) -> HttpResponse:
    """Parameters: agreement, type, annotator, critic, page. Four queries beside the page's own, whatever is listed."""
    seen = visible_responses(request.user, request.project)
    form = ResponseFilter(request.GET, taxonomy=taxonomy_of(request.project), authors=_authors(request, seen))
    keys: Any = form.apply(seen).order_by("position", "id").values_list("pk", flat=True)
    # Counting what a filter lets through costs as much as finding it: one pass over the keys does both.
    page = Paginator(list(keys) if form.chosen else keys, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "responses/page.html",
        {"page": page, "rows": _rows(request, list(page.object_list)), "form": form, "query": form.encoded()},
    )


@require_safe
@project_page("see_responses")
def compare_next(request: ProjectRequest, response_id: UUID) -> HttpResponse:
    """To the next response, in the project's order, on which critiques differ; to the list where none is left.

    A link of its own, so that only who follows it waits for the search.
    """
    response = get_object_or_404(Response.objects.select_related("project"), pk=response_id, project=request.project)
    if not may_see_others(request.user, response):
        raise PermissionDenied(_("Submit your own critique of this response first; then you see what others wrote."))
    later = Q(position__gt=response.position) | Q(position=response.position, pk__gt=response.pk)
    seen = visible_responses(request.user, request.project).filter(later, position__gte=response.position)
    found = seen.filter(differs()).order_by("position", "id").values_list("pk", flat=True).first()
    if found is not None:
        return redirect("compare", request.project.slug, found)
    messages.info(request, _("That was the last difference in this project; here they all are."))
    return redirect(f"{reverse('responses', args=[request.project.slug])}?agreement=differs")


def taxonomy_of(project: Project) -> Taxonomy:
    """The project's present error types."""
    latest = project.taxonomies.order_by("-number").values_list("tree", flat=True).first()
    return parse_taxonomy(latest) if latest else Taxonomy()


def _authors(request: ProjectRequest, seen: QuerySet[Response]) -> Sequence[Author]:
    """Whom the filter offers: to annotators only those of whom they may read something."""
    authors = Author.objects.filter(project=request.project)
    if allows(request.role, "compare") or not request.project.blind:
        return list(authors)
    read = CritiqueHead.objects.filter(author=OuterRef("pk"), response__in=seen.values("pk"))
    known = Q(kind="person", user=None)  # whoever wrote references: they tell which items are gold
    return list(authors.filter(Exists(read)).exclude(known))


def _rows(request: ProjectRequest, keys: Sequence[UUID]) -> QuerySet[Response]:
    """One page's responses. Annotators count only people of this project: a reference would tell gold."""
    people = Q(heads__author__kind="person") & ~Q(heads__critique__stage__in=RULING_STAGES)
    if not allows(request.role, "compare"):
        people &= Q(heads__author__user__isnull=False)
    return (
        Response.objects.filter(pk__in=keys)
        .select_related("problem")
        .defer("source_text", "extra", "problem__extra", "problem__options")
        .annotate(
            people=Count("heads", filter=people),
            critics=Count("heads", filter=Q(heads__author__kind="critic")),
            differs=differs(),
            compared=compared(),
        )
        .order_by("position", "id")
    )


urlpatterns = [
    path("p/<slug:slug>/responses", responses, name="responses"),
    path("p/<slug:slug>/compare/<uuid:response_id>/next", compare_next, name="compare_next"),
]
