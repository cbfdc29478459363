"""`POST projects/SLUG/imports/` (multipart) queues an import; `GET …/ID/` tells how far it is; `…/cancel/` stops it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.permissions import ProjectView
from annotations.importers.base import formats
from annotations.models import Work
from annotations.verbs import ingest
from annotations.verbs.intake import ON_ERROR


class ImportSerializer(serializers.ModelSerializer):
    """One import. `result` is null until something came of it; `done` and `total` are bytes."""

    file_name = serializers.CharField(source="parameters.file_name")
    format = serializers.CharField(source="parameters.format")
    on_error = serializers.CharField(source="parameters.on_error")
    result = serializers.SerializerMethodField()

    class Meta:
        model = Work
        fields = [
            "id", "file_name", "format", "on_error", "state", "cancel_requested", "done", "total", "error", "result",
            "created_at", "started_at", "finished_at",
        ]  # fmt: skip

    def get_result(self, work: Work) -> dict[str, Any] | None:
        """Without the report's place in storage: it is downloaded from the project's import page."""
        if work.result is None:
            return None
        return {name: value for name, value in work.result.items() if name != "report"}


class UploadSerializer(serializers.Serializer):
    file = serializers.FileField()
    format = serializers.ChoiceField(choices=[])
    on_error = serializers.ChoiceField(choices=ON_ERROR, default="stop")
    critic_output = serializers.FileField(required=False)
    critic = serializers.CharField(required=False, max_length=200, default="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = list(formats())  # type: ignore[attr-defined]


class Imports(ProjectView):
    scopes = {"POST": "push"}
    verbs = {"POST": "import_data"}
    parser_classes = [MultiPartParser]

    def post(self, request: Request, slug: str) -> Response:
        asked = UploadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        upload, output = given.pop("file"), given.pop("critic_output", None)
        try:
            recipe = ingest.Recipe(**given, critic_output=output is not None)
            work = ingest.start_import(self.project, upload, recipe, by=request.user, critic_output=output)
        except ingest.ImportRefused as refused:
            raise serializers.ValidationError({refused.field: str(refused)}) from refused
        place = request.build_absolute_uri(reverse("api_import", args=[slug, work.pk]))
        return Response({**ImportSerializer(work).data, "url": place}, status=202, headers={"Location": place})


class ImportView(ProjectView):
    def work(self, work_id: UUID) -> Work:
        found = Work.objects.select_related("project")
        return get_object_or_404(found, pk=work_id, project=self.project, kind=ingest.KIND)


class Import(ImportView):
    scopes = {"GET": "push"}
    verbs = {"GET": "import_data"}

    def get(self, request: Request, slug: str, work_id: UUID) -> Response:
        return Response(ImportSerializer(self.work(work_id)).data)


class CancelImport(ImportView):
    scopes = {"POST": "push"}
    verbs = {"POST": "import_data"}

    def post(self, request: Request, slug: str, work_id: UUID) -> Response:
        work = self.work(work_id)
        ingest.cancel_import(work, by=request.user)
        return Response(ImportSerializer(work).data)


urlpatterns = [
    path("projects/<slug:slug>/imports/", Imports.as_view(), name="api_imports"),
    path("projects/<slug:slug>/imports/<uuid:work_id>/", Import.as_view(), name="api_import"),
    path("projects/<slug:slug>/imports/<uuid:work_id>/cancel/", CancelImport.as_view(), name="api_cancel_import"),
]
