"""Every refusal of the API as `application/problem+json` (RFC 9457): type, title, status, detail, errors by field."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.views.defaults import page_not_found
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None for what is no refusal but a fault: that becomes a 500 and a line in the log."""
    response = exception_handler(_known(error), context)
    if response is None:
        return None
    status = HTTPStatus(response.status_code)
    told: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": status.value}
    if status == HTTPStatus.BAD_REQUEST and not (isinstance(response.data, dict) and set(response.data) == {"detail"}):
        told["detail"] = "Some fields are not as expected; `errors` tells which and why."
        told["errors"] = list(_field_errors(response.data))
    else:
        told["detail"] = str(error) if isinstance(error, Http404) and str(error) else str(response.data["detail"])
    response.data = told
    response.content_type = MEDIA_TYPE
    return response


def _known(error: Exception) -> Exception:
    """The verbs speak Django's errors; DRF knows its own."""
    if isinstance(error, PermissionDenied) and str(error):
        return exceptions.PermissionDenied(str(error))
    if isinstance(error, ValidationError):
        by_field = hasattr(error, "error_dict")
        return exceptions.ValidationError(
            error.message_dict if by_field else {api_settings.NON_FIELD_ERRORS_KEY: error.messages}
        )
    return error


def _field_errors(found: Any, path: str = "") -> Any:
    """`{"field": "steps.2.text", "detail": "…"}` for each message, however deep it lies."""
    if isinstance(found, dict):
        for name, inner in found.items():
            below = path if name == api_settings.NON_FIELD_ERRORS_KEY else f"{path}.{name}".lstrip(".")
            yield from _field_errors(inner, below)
    elif isinstance(found, list):
        for index, inner in enumerate(found):
            yield from _field_errors(inner, f"{path}.{index}".lstrip(".") if isinstance(inner, dict | list) else path)
    else:
        yield {"field": path, "detail": str(found)}


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler of addresses that no view has: of the API a problem like any other, else the page."""
    if not request.path.startswith("/api/"):
        return page_not_found(request, exception)
    told = {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such address here.",
    }
    return JsonResponse(told, status=404, content_type=MEDIA_TYPE)
