"""Pages by key, `?after=…&limit=…`: a page costs the same wherever it lies, and rows that come in shift none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000


class KeysetPagination(BasePagination):
    """By primary key, a time-ordered UUID: the order in which rows came in.

    The answer is {"results": […], "next": URL or null}. A view with `orderings` (name to column) offers others, each
    with the key behind it and an index of both; its first is the default, and `-name` turns one round.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        limit = _limit(request.query_params.get("limit"))
        self.orderings: Mapping[str, str] = getattr(view, "orderings", {})
        order, column, backwards = self._order(request)
        if after := request.query_params.get("after"):
            queryset = queryset.filter(_behind(column, after, backwards=backwards))
        sign = "-" if backwards else ""
        columns = [f"{sign}{column}", f"{sign}pk"] if column else [f"{sign}pk"]
        found = list(queryset.order_by(*columns)[: limit + 1])
        page = found[:limit]
        self.next_url = None
        if len(found) > limit:
            query = request.query_params.dict() | {"after": _cursor(page[-1], column), "limit": str(limit)}
            if order:
                query["order"] = order
            self.next_url = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
        return page

    def _order(self, request: Request) -> tuple[str, str, bool]:
        """The order asked for, its column ("" for the key alone), and whether it runs backwards."""
        if not self.orderings:
            return "", "", False
        order = request.query_params.get("order", next(iter(self.orderings)))
        name = order.removeprefix("-")
        if name not in self.orderings or order.startswith("--"):
            listed = ", ".join(f"{each}, -{each}" for each in self.orderings)
            raise ValidationError({"order": f"Expected one of {listed}; found {order[:40]!r}."})
        return order, self.orderings[name], order.startswith("-")

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next_url})


def page_parameters(view: Any) -> dict[str, dict[str, Any]]:
    """What a list's query may say of its page, as JSON schemas by name."""
    found: dict[str, dict[str, Any]] = {
        "after": {"type": "string", "description": "Where the page before ended, as `next` gives it."},
        "limit": {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT},
    }
    if names := list(getattr(view, "orderings", {})):
        found["order"] = {"type": "string", "enum": [sign + name for name in names for sign in ("", "-")]}
    return found


def _cursor(row: Any, column: str) -> str:
    if not column:
        return str(row.pk)
    value = getattr(row, column)
    return f"{value.isoformat() if isinstance(value, datetime) else value}~{row.pk}"


def _behind(column: str, cursor: str, *, backwards: bool) -> Q:
    """Rows after the cursor. The first condition alone is what the index goes by."""
    side = "lt" if backwards else "gt"
    if not column:
        return Q(**{f"pk__{side}": _uuid(cursor, cursor)})
    written, _, key = cursor.rpartition("~")
    value, pk = _value(written, cursor), _uuid(key, cursor)
    return Q(**{f"{column}__{side}e": value}) & (Q(**{f"{column}__{side}": value}) | Q(**{f"pk__{side}": pk}))


def _value(written: str, cursor: str) -> int | datetime:
    if written.isascii() and written.isdigit() and len(written) <= 18:
        return int(written)
    try:
        value = datetime.fromisoformat(written)
        if value.tzinfo:
            return value
    except ValueError:
        pass
    raise _no_cursor(cursor)


def _limit(written: str | None) -> int:
    if written is None:
        return DEFAULT_LIMIT
    if not (written.isascii() and written.isdigit() and 1 <= int(written[:6]) <= LARGEST_LIMIT):
        raise ValidationError({"limit": f"Expected a number from 1 to {LARGEST_LIMIT}, found {written[:40]!r}."})
    return int(written)


def _uuid(written: str, cursor: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise _no_cursor(cursor) from None


def _no_cursor(cursor: str) -> ValidationError:
    return ValidationError({"after": f"Expected where a page ended (as `next` gives it), found {cursor[:40]!r}."})
