"""Pages by key: `?after=<id>&limit=<n>`. A page costs the same wherever it lies, and rows that come in shift none."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000


class KeysetPagination(BasePagination):
    """By primary key, a time-ordered UUID: the order in which rows came in.

    The answer is {"results": […], "next": URL or null}.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        limit = _limit(request.query_params.get("limit"))
        if after := request.query_params.get("after"):
            queryset = queryset.filter(pk__gt=_uuid(after))
        found = list(queryset.order_by("pk")[: limit + 1])
        page = found[:limit]
        self.next_url = None
        if len(found) > limit:
            query = request.query_params.dict() | {"after": str(page[-1].pk), "limit": str(limit)}
            self.next_url = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next_url})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": {"type": ["string", "null"], "format": "uri"}},
        }


def _limit(written: str | None) -> int:
    if written is None:
        return DEFAULT_LIMIT
    if not (written.isascii() and written.isdigit() and 1 <= int(written[:6]) <= LARGEST_LIMIT):
        raise ValidationError({"limit": f"Expected a number from 1 to {LARGEST_LIMIT}, found {written[:40]!r}."})
    return int(written)


def _uuid(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError as problem:
        told = f"Expected the id of a row (as `next` gives it), found {written[:40]!r}."
        raise ValidationError({"after": told}) from problem
