"""The list of a project's responses, filtered by agreement, error type, critic and annotator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from annotations.models import Author, Critique, CritiqueHead, Finding, Judgment, Project, Response
from annotations.verbs.blindness import visible_responses
from annotations.web.project_page import ProjectRequest, project_page

PAGE_SIZE = 50
AGREEMENTS = (
    ("", "Any"),
    ("differs", "Differs"),
    ("agrees", "Agrees"),
    ("single", "One critique"),
    ("none", "None yet"),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Allow-listed: nothing else of the query string reaches the database."""

    agreement: str = ""
    error_type: str = ""
    author: str = ""

    @classmethod
    def parse(cls, query: QueryDict, authors: dict[str, Author]) -> Filters:
        agreement = query.get("agreement", "")
        author = query.get("author", "")
        return cls(
            agreement=agreement if agreement in dict(AGREEMENTS) else "",
            error_type=query.get("type", "")[:100],
            author=author if author in authors else "",
        )

    def encoded(self) -> str:
        chosen = {"agreement": self.agreement, "type": self.error_type, "author": self.author}
        given = {name: value for name, value in chosen.items() if value}
        return urlencode(given) + "&" if given else ""


def differs() -> Q:
    """Whether the latest critiques of a response take different verdicts on a step, or on the answer."""
    latest = Judgment.objects.filter(
        critique__response=OuterRef("pk"),
        critique__head__isnull=False,
        critique__segmentation=OuterRef("segmentation"),
        verdict__isnull=False,
    )
    on_a_step = latest.values("number").annotate(verdicts=Count("verdict", distinct=True)).filter(verdicts__gt=1)
    answers = Critique.objects.filter(response=OuterRef("pk"), head__isnull=False, verdict__isnull=False)
    on_the_answer = answers.values("response").annotate(verdicts=Count("verdict", distinct=True)).filter(verdicts__gt=1)
    return Q(Exists(on_a_step.values("number"))) | Q(Exists(on_the_answer.values("response")))


def filtered(responses: QuerySet[Response], filters: Filters) -> QuerySet[Response]:
    heads = CritiqueHead.objects.filter(response=OuterRef("pk"))
    if filters.agreement == "differs":
        responses = responses.filter(differs())
    elif filters.agreement == "agrees":
        responses = responses.annotate(n=Count("heads")).filter(n__gt=1).exclude(differs())
    elif filters.agreement == "single":
        responses = responses.annotate(n=Count("heads")).filter(n=1)
    elif filters.agreement == "none":
        responses = responses.exclude(Exists(heads))
    if filters.author:
        responses = responses.filter(Exists(heads.filter(author=filters.author)))
    if filters.error_type:
        found = Finding.objects.filter(critique__head__response=OuterRef("pk"))
        by_type = Q(error_type=filters.error_type) | Q(error_type__startswith=f"{filters.error_type}/")
        responses = responses.filter(Exists(found.filter(by_type)))
    return responses


def _error_types(project: Project) -> list[str]:
    found = Finding.objects.filter(critique__project=project, error_type__isnull=False)
    return list(found.order_by("error_type").values_list("error_type", flat=True).distinct())


@require_safe
@project_page("see_responses")
def responses(request: ProjectRequest) -> HttpResponse:
    """Four queries beside the page's own: authors, error types, count, rows."""
    authors = {str(author.pk): author for author in Author.objects.filter(project=request.project)}
    filters = Filters.parse(request.GET, authors)
    seen = visible_responses(request.user, request.project)
    chosen = filtered(seen, filters).order_by("position", "id")
    page = Paginator(chosen, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = _with_counts(page.object_list)
    return render(
        request,
        "responses/page.html",
        {
            "page": page,
            "rows": rows,
            "filters": filters,
            "query": filters.encoded(),
            "agreements": AGREEMENTS,
            "error_types": _error_types(request.project),
            "people": [author for author in authors.values() if author.kind == "person"],
            "critics": [author for author in authors.values() if author.kind == "critic"],
        },
    )


def _with_counts(responses: Any) -> QuerySet[Response]:
    """One page's rows with how many people and critics wrote of each, and whether they differ."""
    return (
        Response.objects.filter(pk__in=[response.pk for response in responses])
        .select_related("problem")
        .annotate(
            people=Count("heads", filter=Q(heads__author__kind="person")),
            critics=Count("heads", filter=Q(heads__author__kind="critic")),
            differs=differs(),
        )
        .annotate(problem_key=F("problem__key"))
        .order_by("position", "id")
    )


def next_difference(request: ProjectRequest, after: Response) -> Response | None:
    """The next response of the project, in its order, on which critiques differ."""
    project = request.project
    later = Q(position__gt=after.position) | Q(position=after.position, pk__gt=after.pk)
    seen = visible_responses(request.user, project)
    return seen.filter(later).filter(differs()).order_by("position", "id").first()


urlpatterns = [path("p/<slug:slug>/responses", responses, name="responses")]
