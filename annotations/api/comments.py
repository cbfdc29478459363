"""`GET projects/SLUG/comments/`: the comments that the caller may read now, in the order in which they were written."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.openapi import OBJECT, page_of
from annotations.api.pagination import KeysetPagination
from annotations.api.records import Filter, ReadView, equals, flag
from annotations.models import Comment
from annotations.models.holdout import leaving
from annotations.verbs.comments import visible_threads

FILTERS: dict[str, Filter] = {
    "response": equals("thread__response__key"),
    "author": equals("author__username"),
    "resolved": flag(lambda rows, is_resolved: rows.filter(thread__resolved_at__isnull=not is_resolved)),
}


class Comments(ReadView):
    """`step` is of the cut `segmentation`; `critique` and `finding` (from 1 through it) are null but for a finding."""

    is_list = True
    scopes = {"GET": "read"}
    verbs = {"GET": "comment"}
    answers = {"GET": {200: page_of(OBJECT)}}
    orderings = {}
    filters = FILTERS
    fields = (
        "id", "thread", "response", "segmentation", "step", "critique", "finding", "author", "text", "at", "resolved",
    )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        seen = visible_threads(self.request.user, self.project).values("pk")
        return leaving(Comment.objects.filter(thread__in=seen), self.project, "thread__response__problem__")

    def whole(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.select_related("thread__response", "author")

    def told(self, row: Comment) -> dict[str, Any]:
        thread = row.thread
        return {
            "id": str(row.pk),
            "thread": str(thread.pk),
            "response": thread.response.key,
            "segmentation": thread.segmentation,
            "step": thread.step,
            "critique": str(thread.critique_id) if thread.critique_id else None,
            "finding": thread.finding,
            "author": row.author.get_username(),
            "text": row.text,
            "at": row.at,
            "resolved": thread.resolved_at is not None,
        }

    def get(self, request: Request, slug: str) -> Response:
        names = self.chosen(request)
        pages = KeysetPagination()
        page = pages.paginate_queryset(self.whole(self.filtered(request)), request, self)
        return pages.get_paginated_response([self.shown(row, names) for row in page])


urlpatterns = [path("projects/<slug:slug>/comments/", Comments.as_view(), name="api_comments")]
