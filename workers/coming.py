"""Critiques that are on their way to a compare page: it asks here, and fetches its columns again when one has come."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations.models import Critique, Response
from annotations.verbs.blindness import may_see_others
from annotations.web.project_page import ProjectRequest, project_page
from workers.models import Job


@require_safe
@project_page("see_responses")
def coming(request: ProjectRequest, response_id: UUID) -> HttpResponse:
    """A line that asks again while jobs of this response are unfinished; `?shown=` is how many critiques it had."""
    response = get_object_or_404(Response.objects.select_related("project"), pk=response_id, project=request.project)
    if not may_see_others(request.user, response):
        raise PermissionDenied(_("Submit your own critique of this response first; then you see what others wrote."))
    waiting = Job.objects.filter(response=response, work__state__in=["queued", "running"]).count()
    there = Critique.objects.filter(response=response).count()
    shown = request.GET.get("shown", "")
    answer = render(request, "runs/_coming.html", {"response": response, "waiting": waiting, "shown": there})
    if shown.isdigit() and int(shown) < there:
        answer["HX-Trigger"] = "critiques-came"
    return answer


urlpatterns = [path("p/<slug:slug>/coming/<uuid:response_id>", coming, name="coming")]
