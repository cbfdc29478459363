"""`GET schema/`: the API as OpenAPI 3.1; `GET docs/`: a page of it, from which each call can be tried."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from annotations.api.errors import MEDIA_TYPE


@cache
def schema() -> dict[str, Any]:
    """Made once a process: it depends on the code alone."""
    return SchemaGenerator().get_schema(request=None, public=True)


@require_safe
def api_schema(request: HttpRequest) -> JsonResponse:
    return JsonResponse(schema(), json_dumps_params={"ensure_ascii": False})


@require_safe
@login_required
def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api_docs/page.html", {"groups": _groups(), "info": schema()["info"]})


def _groups() -> list[tuple[str, list[dict[str, Any]]]]:
    """Operations by tag, each with what the template shows of it."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, methods in schema()["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_shown(address, method, operation))
    return sorted(groups.items())


def _shown(address: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    bodies = operation.get("requestBody", {}).get("content", {})
    media_type: str = next(iter(bodies), "")
    body: dict[str, Any] = bodies.get(media_type, {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": address,
        "description": operation.get("description", ""),
        "parameters": operation.get("parameters", []),
        "media_type": media_type,
        "body": json.dumps(_resolved(body.get("schema", {})), ensure_ascii=False, indent=2) if body else "",
        "takes_json": media_type == "application/json",
        "answers": [
            (status, told.get("description", ""), _pretty(told)) for status, told in operation["responses"].items()
        ],
    }


def _pretty(told: dict[str, Any]) -> str:
    content = next(iter(told.get("content", {}).values()), None)
    if not content or MEDIA_TYPE in told["content"]:
        return ""
    return json.dumps(_resolved(content.get("schema", {})), ensure_ascii=False, indent=2)


def _resolved(part: Any) -> Any:
    """With references to components filled in."""
    if isinstance(part, dict):
        if "$ref" in part:
            return _resolved(schema()["components"]["schemas"][part["$ref"].rpartition("/")[2]])
        return {name: _resolved(value) for name, value in part.items()}
    return [_resolved(value) for value in part] if isinstance(part, list) else part


urlpatterns = [
    path("schema/", api_schema, name="api_schema"),
    path("docs/", api_docs, name="api_docs"),
]
