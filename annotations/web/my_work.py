"""My work: what a person did here, what came back from review, their drafts and skips, their pace.

Agreement with others where the project shows it.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Avg, Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from annotations.core import codec
from annotations.core.schema import RULING_STAGES
from annotations.models import Assignment, Critique, Draft, Response, Showing, UsefulnessRating
from annotations.models.records import critique_record
from annotations.verbs.assign import SKIP_REASONS
from annotations.verbs.own_agreement import own_agreement
from annotations.verbs.review import returned_to
from annotations.web.project_page import project_page

PAGE_SIZE = 30
TABS = ("done", "returned", "drafts", "skipped")


@require_safe
@project_page("annotate")
def my_work(request: Any) -> HttpResponse:
    """`?tab=` done, returned, drafts or skipped. A fixed number of queries, whatever is listed."""
    tab = request.GET.get("tab", "done")
    tab = tab if tab in TABS else "done"
    rows: Any = {"done": _done, "returned": _returned, "drafts": _drafts, "skipped": _skipped}[tab](request)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "my_work/page.html",
        {
            "page": page,
            "tab": tab,
            "tabs": TABS,
            "query": f"tab={tab}&",
            "returned": returned_to(request.user, request.project).count(),
            "pace": _pace(request),
            "agreement": own_agreement(request.user, request.project) if request.project.show_own_agreement else None,
            "reasons": SKIP_REASONS,
        },
    )


def _own(request: Any) -> QuerySet[Critique]:
    own = Critique.objects.latest().filter(project=request.project, author__user=request.user)
    return own.exclude(stage__in=RULING_STAGES)


def _returned(request: Any) -> QuerySet[Critique]:
    return returned_to(request.user, request.project)


def _done(request: Any) -> QuerySet[Critique]:
    """Latest revisions, newest first; `to_see` where a correction guided by it waits to be looked at."""
    corrections = Response.objects.filter(guided_by=OuterRef("pk")).exclude(effect__corrector__user=request.user)
    seen = Showing.objects.filter(critique=OuterRef("guided_by"), correction=OuterRef("pk"))
    rated = UsefulnessRating.objects.filter(critique=OuterRef("guided_by"), correction=OuterRef("pk"))
    waiting = corrections.filter(~Exists(seen) | ~Exists(rated))
    return _own(request).select_related("problem").annotate(to_see=Exists(waiting)).order_by("-stored_at", "-id")


def _drafts(request: Any) -> QuerySet[Draft]:
    drafts = Draft.objects.filter(project=request.project, user=request.user, version__gt=0)
    return drafts.select_related("response__problem").order_by("-updated_at", "-id")


def _skipped(request: Any) -> QuerySet[Assignment]:
    skipped = Assignment.objects.filter(project=request.project, user=request.user, state="skipped")
    return skipped.select_related("response__problem").order_by("-ended_at", "-id")


def _pace(request: Any) -> dict[str, Any]:
    """How many critiques, and active seconds an item and a step; None where no time was measured."""
    told = _own(request).aggregate(
        count=Count("pk"),
        seconds=Avg("active_seconds"),
        timed=Sum("active_seconds", filter=Q(active_seconds__isnull=False)),
        steps=Sum("step_count", filter=Q(active_seconds__isnull=False)),
    )
    return {**told, "step_seconds": told["timed"] / told["steps"] if told["steps"] else None}


@require_safe
@project_page("annotate")
def download(request: Any) -> StreamingHttpResponse:
    """All that the person submitted here, each revision, in the critiques of the native format: one a line."""
    own = Critique.objects.filter(project=request.project, author__user=request.user).whole().select_related("response")
    lines = (
        json.dumps({"response": row.response.key, "critique": codec.dump(critique_record(row))}, ensure_ascii=False)
        + "\n"
        for row in own.order_by("stored_at", "id").iterator(chunk_size=100)
    )
    reply = StreamingHttpResponse(lines, content_type="application/jsonl; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="{request.project.slug}-my-critiques.jsonl"'
    return reply


urlpatterns = [
    path("p/<slug:slug>/my-work", my_work, name="my_work"),
    path("p/<slug:slug>/my-work/download", download, name="my_work_download"),
]
