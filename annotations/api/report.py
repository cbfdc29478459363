"""`GET projects/SLUG/report`: the project's report, the same values as the pages and `manage.py report` give."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.permissions import ProjectView
from annotations.verbs.insights import project_report


class Report(ProjectView):
    scopes = {"GET": "read"}
    verbs = {"GET": "compare"}

    def get(self, request: Request, slug: str) -> Response:
        return Response(project_report(self.project).told)


urlpatterns = [path("projects/<slug:slug>/report", Report.as_view(), name="api_report")]
