"""The API as OpenAPI 3.1, from the views themselves: what they take, what they answer, and every refusal.

A view that takes or tells something of its own says so:

    bodies = {"POST": PushSerializer}
    answers = {"POST": {200: PUSHED}}          # a serializer or a JSON schema, by status
    query = {"GET": {"fields": {"type": "string"}}}

Without, a method takes nothing and answers 200 with an object. Refusals are those of `errors.py`, the same for all.
"""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from annotations.api.errors import MEDIA_TYPE
from annotations.api.pagination import page_parameters

OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
REFUSALS = {
    400: "Something of the request is not as expected; `errors` names each field.",
    401: "No token, or one that is unknown, revoked or expired.",
    403: "The token lacks the scope, or the role may not.",
    404: "There is no such thing, or it is not yours to see.",
    405: "There is no such method here.",
    413: "The body is too large.",
    415: "The body is of a type that is not taken here.",
    429: "Too many calls; `Retry-After` says when to come again.",
}


def page_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Of a list by `KeysetPagination`."""
    return {
        "type": "object",
        "required": ["results", "next"],
        "properties": {"results": {"type": "array", "items": schema}, "next": {"type": ["string", "null"]}},
    }


class ApiSchema(AutoSchema):
    """One operation of a `permissions.ScopedView`."""

    view: Any

    def get_operation_id(self) -> str:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.view).__name__).lower()
        return f"{name}_{self.method.lower()}"

    def get_tags(self) -> list[str]:
        """By what the path names: its part behind the project."""
        parts = [part for part in self.path.removeprefix("/api/v1/").split("/") if part]
        return [parts[2] if parts[0] == "projects" and len(parts) > 2 else parts[0]]

    def get_request_serializer(self) -> Any:
        return self.view.bodies.get(self.method)

    def get_override_parameters(self) -> list[Any]:
        named = dict(self.view.query.get(self.method, {}))
        if self.method == "GET":
            named |= self.view.query_parameters()
            named |= page_parameters(self.view) if self.view.is_list else {}
        return [
            OpenApiParameter(name, type=schema, location=OpenApiParameter.QUERY, required=False)
            for name, schema in named.items()
        ]

    def get_filter_backends(self) -> list[Any]:
        return []

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Lists say so in their answers."""
        return False

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        answers = self.view.answers.get(self.method, {200: OBJECT})
        told: dict[str, Any] = {}
        for status, answer in answers.items():
            schema = answer if isinstance(answer, dict) else self.resolve_serializer(answer, "response").ref
            told[str(status)] = {"description": "", "content": {"application/json": {"schema": schema}}}
        if self.method == "GET":
            told["304"] = {"description": "As you have it: the ETag that you sent still holds."}
        for status, description in REFUSALS.items():
            told[str(status)] = {"description": description, "content": {MEDIA_TYPE: {"schema": PROBLEM}}}
        return told | self.view.files.get(self.method, {})


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer sl_…`."""

    target_class = "annotations.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token of My account, with its scope."}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "annotations.api.authentication.PageSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
