"""Who may call what: the token's scope, then the role in the project, by the same table as the pages.

A view that lies in a project says which verb each method asks for, and inherits `ProjectView`:

    class Datasets(ProjectView):
        scopes = {"GET": "pull", "POST": "push"}
        verbs = {"GET": "pull", "POST": "publish"}
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import Http404
from django.utils.cache import get_conditional_response
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.openapi import ApiSchema
from annotations.models import Project, Token
from annotations.verbs import tokens
from annotations.verbs.permissions import PERMISSIONS, allows, role_of

NO_PROJECT = "There is no such project, or you are not a member of it."


class HasScope(BasePermission):
    """A token carries the scope that the view names for the method; a session carries all."""

    def has_permission(self, request: Request, view: Any) -> bool:
        scope = view.scopes[_verb_method(request)]
        if isinstance(request.auth, Token) and scope not in request.auth.scopes:
            held = ", ".join(request.auth.scopes)
            raise PermissionDenied(f"This needs a token with the scope {scope}; yours has {held}.")
        return True


class MayInProject(BasePermission):
    """Sets `view.project` and `view.role`. To a stranger, or a token for other projects, there is no such project."""

    def has_permission(self, request: Request, view: Any) -> bool:
        project = view.find_project()
        role = role_of(request.user, project) if project is not None else None
        if project is None or role is None:
            raise Http404(NO_PROJECT)
        if isinstance(request.auth, Token) and not tokens.opens(request.auth, project):
            raise Http404(NO_PROJECT)
        verb = view.verbs[_verb_method(request)]
        if not (allows(role, verb) or request.user.is_superuser):
            roles = ", ".join(sorted(PERMISSIONS[verb])) or "instance admin"
            raise PermissionDenied(f"This is for the role {roles} in {project.name}.")
        view.project, view.role = project, role
        return True


class ScopedView(APIView):
    """For what lies in no project."""

    scopes: dict[str, str] = {}
    # What openapi.py tells of it, by method.
    bodies: ClassVar[Mapping[str, Any]] = {}
    answers: ClassVar[Mapping[str, Mapping[int, Any]]] = {}
    files: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    query: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    is_list: ClassVar[bool] = False  # whether a GET comes in pages
    schema = ApiSchema()
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    permission_classes = [IsAuthenticated, HasScope]

    def query_parameters(self) -> dict[str, Any]:
        """What a GET's query may say beside its page, as JSON schemas by name."""
        return {}

    def check_permissions(self, request: Request) -> None:
        if request.method not in self.allowed_methods:
            self.http_method_not_allowed(request)
        super().check_permissions(request)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What is read has an ETag, the hash of what is told: who has it already gets 304."""
        final = super().finalize_response(request, response, *args, **kwargs)
        is_read = request.method in ("GET", "HEAD") and final.status_code == 200
        if is_read and isinstance(final, Response) and "ETag" not in final:
            final.add_post_render_callback(lambda told: _conditional(request._request, told))
        return final


def _conditional(request: Any, response: Any) -> Any:
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return get_conditional_response(request, etag, response=response)


class ProjectView(ScopedView):
    """For what lies in a project: `self.project` and `self.role` stand when the method is called."""

    verbs: dict[str, str] = {}
    permission_classes = [IsAuthenticated, HasScope, MayInProject]
    project: Project
    role: str

    def find_project(self) -> Project | None:
        """By `<slug>` of the URL; a view whose URL names something else finds the project through that."""
        return Project.objects.filter(slug=self.kwargs["slug"]).first()


def _verb_method(request: Request) -> str:
    """HEAD tells no more than GET does."""
    return "GET" if request.method == "HEAD" else str(request.method)
