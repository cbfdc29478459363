"""`POST projects/SLUG/imports/` (multipart) queues an import; `GET …/ID/` tells how far it is; `…/cancel/` stops it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.openapi import OBJECT
from annotations.api.permissions import ProjectView
from annotations.core.codec import FieldError
from annotations.importers.base import formats
from annotations.importers.mapping import Mapping, dump_mapping, parse_mapping
from annotations.models import Work
from annotations.verbs import import_mapping, ingest
from annotations.verbs.intake import ON_ERROR


class ImportSerializer(serializers.ModelSerializer):
    """One import. `result` is null until something came of it; `done` and `total` are bytes."""

    file_name = serializers.CharField(source="parameters.file_name")
    format = serializers.CharField(source="parameters.format")
    on_error = serializers.CharField(source="parameters.on_error")
    result = serializers.SerializerMethodField()
    waits_for_mapping = serializers.SerializerMethodField()

    class Meta:
        model = Work
        fields = [
            "id", "file_name", "format", "on_error", "state", "cancel_requested", "done", "total", "error", "result",
            "created_at", "started_at", "finished_at", "waits_for_mapping",
        ]  # fmt: skip

    def get_waits_for_mapping(self, work: Work) -> bool:
        return work.state == "paused"

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
    mapping = serializers.JSONField(required=False, help_text="For formats that need one; without it the import waits.")

    def validate_mapping(self, given: Any) -> Mapping:
        return read_mapping(given)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = list(formats())  # type: ignore[attr-defined]


def read_mapping(given: Any) -> Mapping:
    """Raises ValidationError, naming the field."""
    try:
        return parse_mapping(given)
    except FieldError as error:
        told: Any = str(error)
        for name in reversed(error.field.split(".") if error.field else []):
            told = {name: told}
        raise serializers.ValidationError(told) from error


class Imports(ProjectView):
    scopes = {"POST": "push"}
    verbs = {"POST": "import_data"}
    parser_classes = [MultiPartParser]
    bodies = {"POST": UploadSerializer}
    answers = {"POST": {202: OBJECT}}

    def post(self, request: Request, slug: str) -> Response:
        asked = UploadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        upload, output = given.pop("file"), given.pop("critic_output", None)
        with told():
            recipe = ingest.Recipe(**given, critic_output=output is not None)
            work = ingest.start_import(self.project, upload, recipe, by=request.user, critic_output=output)
        place = request.build_absolute_uri(reverse("api_import", args=[slug, work.pk]))
        return Response({**ImportSerializer(work).data, "url": place}, status=202, headers={"Location": place})


class ImportView(ProjectView):
    def work(self, work_id: UUID) -> Work:
        found = Work.objects.select_related("project")
        return get_object_or_404(found, pk=work_id, project=self.project, kind=ingest.KIND)


class Import(ImportView):
    scopes = {"GET": "push"}
    verbs = {"GET": "import_data"}
    answers = {"GET": {200: ImportSerializer}}

    def get(self, request: Request, slug: str, work_id: UUID) -> Response:
        return Response(ImportSerializer(self.work(work_id)).data)


class MappingSerializer(serializers.Serializer):
    mapping = serializers.JSONField()
    save_as = serializers.CharField(required=False, max_length=import_mapping.NAME_LENGTH)

    def validate_mapping(self, given: Any) -> Mapping:
        return read_mapping(given)


class ImportMappingView(ImportView):
    """`GET` proposes a mapping for an import that waits and shows ten records by it; `POST` gives one and starts it."""

    scopes = {"GET": "push", "POST": "push"}
    verbs = {"GET": "import_data", "POST": "import_data"}
    bodies = {"POST": MappingSerializer}
    answers = {"GET": {200: OBJECT}, "POST": {202: ImportSerializer}}

    def get(self, request: Request, slug: str, work_id: UUID) -> Response:
        work = self._waiting(work_id)
        format = formats()[work.parameters["format"]]
        with told(), ingest.waiting_source(work) as source:
            mapping = import_mapping.proposed(self.project, import_mapping.look(source, format), format)
            shown = import_mapping.preview(self.project, source, format, mapping)
        return Response({"mapping": dump_mapping(mapping), "records": [each.as_json() for each in shown]})

    def post(self, request: Request, slug: str, work_id: UUID) -> Response:
        asked = MappingSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        work, mapping = self._waiting(work_id), asked.validated_data["mapping"]
        with told(), transaction.atomic():
            ingest.map_import(work, mapping, by=request.user)
            if name := asked.validated_data.get("save_as"):
                import_mapping.save_mapping(self.project, work.parameters["format"], name, mapping, by=request.user)
        return Response(ImportSerializer(work).data, status=202)

    def _waiting(self, work_id: UUID) -> Work:
        work = self.work(work_id)
        if work.state != "paused":
            raise serializers.ValidationError("This import has its mapping already, or has ended.")
        return work


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except ingest.ImportRefused as refused:
        raise serializers.ValidationError({refused.field: str(refused)}) from refused


class CancelImport(ImportView):
    scopes = {"POST": "push"}
    verbs = {"POST": "import_data"}
    answers = {"POST": {200: ImportSerializer}}

    def post(self, request: Request, slug: str, work_id: UUID) -> Response:
        work = self.work(work_id)
        ingest.cancel_import(work, by=request.user)
        return Response(ImportSerializer(work).data)


urlpatterns = [
    path("projects/<slug:slug>/imports/", Imports.as_view(), name="api_imports"),
    path("projects/<slug:slug>/imports/<uuid:work_id>/", Import.as_view(), name="api_import"),
    path(
        "projects/<slug:slug>/imports/<uuid:work_id>/mapping/", ImportMappingView.as_view(), name="api_import_mapping"
    ),
    path("projects/<slug:slug>/imports/<uuid:work_id>/cancel/", CancelImport.as_view(), name="api_cancel_import"),
]
