"""`GET me`: who the caller is, and what the token may do."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.permissions import ScopedView
from annotations.models import Membership, Token
from annotations.models.project import SCOPES


class Me(ScopedView):
    scopes = {"GET": "read"}

    def get(self, request: Request) -> Response:
        mine = Membership.objects.filter(user=request.user.pk)
        memberships = mine.select_related("project").order_by("project__slug")
        if isinstance(request.auth, Token):
            token = request.auth
            named = set(token.projects.values_list("pk", flat=True))
            memberships = memberships.filter(project__in=named) if named else memberships
        return Response(
            {
                "username": request.user.get_username(),
                "is_instance_admin": request.user.is_superuser,
                "roles": {membership.project.slug: membership.role for membership in memberships},
                "scopes": request.auth.scopes if isinstance(request.auth, Token) else list(SCOPES),
                "token_expires_at": request.auth.expires_at if isinstance(request.auth, Token) else None,
            }
        )


urlpatterns = [path("me", Me.as_view(), name="api_me")]
