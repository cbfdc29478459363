"""Datasets and their versions: `GET datasets/`, `datasets/NAME/`, `…/versions/N/`, `…/versions/N/FILE`; publishing."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Count, Max, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.cache import get_conditional_response
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.byte_ranges import FOR_EVER, serve
from annotations.api.openapi import OBJECT, page_of
from annotations.api.pagination import KeysetPagination
from annotations.api.permissions import ProjectView, ScopedView
from annotations.exporters.base import formats
from annotations.models import Dataset, Project, Snapshot, SnapshotFile, Token
from annotations.verbs import publish, pulls
from annotations.verbs.permissions import PERMISSIONS


class DatasetSerializer(serializers.ModelSerializer):
    project: Any = serializers.SlugRelatedField("slug", read_only=True)
    latest_version = serializers.IntegerField(read_only=True)

    class Meta:
        model = Dataset
        fields = ["name", "project", "description", "format", "filter", "options", "created_at", "latest_version"]


class Datasets(ScopedView, ListAPIView):
    """Every dataset that the caller may pull."""

    scopes = {"GET": "pull"}
    is_list = True
    answers = {"GET": {200: page_of(OBJECT)}}
    serializer_class = DatasetSerializer
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[Any]:
        found = Dataset.objects.select_related("project").annotate(latest_version=Max("snapshots__version"))
        user: Any = self.request.user
        if not user.is_superuser:
            roles = PERMISSIONS["pull"]
            found = found.filter(project__memberships__user=user, project__memberships__role__in=roles)
        if isinstance(self.request.auth, Token) and (named := list(self.request.auth.projects.all())):
            found = found.filter(project__in=named)
        return found


class DatasetView(ProjectView):
    """For what lies below a dataset's name; the name grants nothing."""

    scopes = {"GET": "pull"}
    verbs = {"GET": "pull"}

    def find_project(self) -> Project | None:
        return Project.objects.filter(datasets__name=self.kwargs["name"]).first()

    def snapshot(self, version: int) -> Snapshot:
        whole = Snapshot.objects.select_related("dataset")
        return get_object_or_404(whole, dataset__name=self.kwargs["name"], version=version)


class DatasetDetail(DatasetView):
    def get(self, request: Request, name: str) -> Response:
        dataset = (
            Dataset.objects.select_related("project").annotate(latest_version=Max("snapshots__version")).get(name=name)
        )
        versions = (
            dataset.snapshots.order_by("version")
            .values("version", "rows", "created_at")
            .annotate(pull_count=Count("pulls"))
        )
        return Response(
            {
                **DatasetSerializer(dataset).data,
                "versions": [
                    {**row, "url": _absolute(request, "api_version", name, row["version"])} for row in versions
                ],
            }
        )


class Version(DatasetView):
    """The manifest: what the version holds, by whom, and the SHA-256 of every file."""

    def get(self, request: Request, name: str, version: int) -> HttpResponseBase:
        snapshot = self.snapshot(version)
        files = [
            {**file, "url": _absolute(request, "api_file", name, version, file["name"])}
            for file in snapshot.manifest["files"]
        ]
        etag = f'"{snapshot.pk}"'
        told = Response({**snapshot.manifest, "files": files}, headers={"Cache-Control": FOR_EVER, "ETag": etag})
        return get_conditional_response(request._request, etag, response=told) or told


class VersionFile(DatasetView):
    """One file, for ever the same bytes; whole, or one range of bytes."""

    answers = {"GET": {}}
    files = {
        "GET": {
            "200": {"description": "The file."},
            "206": {"description": "The range that was asked for."},
            "416": {"description": "The range begins behind the end of the file."},
        }
    }

    def get(self, request: Request, name: str, version: int, file: str) -> HttpResponseBase:
        found = self._file(version, file)
        answer = serve(request._request, found)
        if request.method == "GET" and answer.status_code in (200, 206):
            token = request.auth if isinstance(request.auth, Token) else None
            pulls.note_pull(found.snapshot, request.user, token)
        return answer

    head = get

    def _file(self, version: int, name: str) -> SnapshotFile:
        files = SnapshotFile.objects.select_related("snapshot")
        return get_object_or_404(files, snapshot=self.snapshot(version), name=name)


class PublishSerializer(serializers.Serializer):
    name = serializers.SlugField(max_length=100)
    format = serializers.ChoiceField(choices=[])
    description = serializers.CharField(required=False, allow_blank=True, default="")
    filter = serializers.DictField(required=False, default=dict)
    options = serializers.DictField(child=serializers.CharField(), required=False, default=dict)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(serializers.ChoiceField, self.fields["format"]).choices = list(formats())


class ProjectDatasets(ProjectView):
    """`POST projects/SLUG/datasets/`: queues the next version; the answer names the work."""

    scopes = {"POST": "push"}
    verbs = {"POST": "publish"}
    bodies = {"POST": PublishSerializer}
    answers = {"POST": {202: OBJECT}}

    def post(self, request: Request, slug: str) -> Response:
        asked = PublishSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        recipe = publish.Recipe(**asked.validated_data)
        try:
            job = publish.publish(self.project, recipe, by=request.user)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
        return Response({"work": str(job.pk), "state": job.state}, status=202)


def _absolute(request: Request, name: str, *args: Any) -> str:
    return request.build_absolute_uri(reverse(name, args=args))


urlpatterns = [
    path("datasets/", Datasets.as_view(), name="api_datasets"),
    path("datasets/<slug:name>/", DatasetDetail.as_view(), name="api_dataset"),
    path("datasets/<slug:name>/versions/<int:version>/", Version.as_view(), name="api_version"),
    path("datasets/<slug:name>/versions/<int:version>/<path:file>", VersionFile.as_view(), name="api_file"),
    path("projects/<slug:slug>/datasets/", ProjectDatasets.as_view(), name="api_project_datasets"),
]
