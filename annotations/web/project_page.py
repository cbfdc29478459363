"""How a page finds its project: by slug, for members only, with the verb's permission."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from annotations.models import Project
from annotations.verbs.permissions import PERMISSIONS, allows, role_of

View = Callable[..., HttpResponseBase]


class ProjectRequest(HttpRequest):
    """What a project page gets: `project` and the person's `role` in it."""

    project: Project
    role: str


def project_page(verb: str) -> Callable[[View], View]:
    """A view `(request, …)` whose request carries `project`, found by the URL's slug, and `role`.

    To a stranger the project does not exist (404); to a member without the permission it says who may (403).
    """
    if verb not in PERMISSIONS:
        raise LookupError(f"{verb} is no verb of permissions.PERMISSIONS")

    def decorate(view: View) -> View:
        @wraps(view)
        @login_required
        def page(request: Any, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            project = Project.objects.filter(slug=slug).first()
            role = role_of(request.user, project) if project else None
            if project is None or role is None:
                raise Http404(_("There is no such project, or you are not a member of it."))
            if not (allows(role, verb) or request.user.is_superuser):
                roles = ", ".join(sorted(PERMISSIONS[verb])) or "instance admin"
                raise PermissionDenied(
                    _("This page is for the role %(roles)s in %(name)s.") % {"roles": roles, "name": project.name}
                )
            request.project, request.role = project, role
            return view(request, *args, **kwargs)

        return page

    return decorate
