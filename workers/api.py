"""`POST projects/SLUG/runs/` starts a run; `GET …/runs/ID/` tells how far it is; `…/cancel/` and `…/retry/`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.permissions import ProjectView
from workers import runs, steering
from workers.models import Critic, Run
from workers.progress import failures, progress


class RunSerializer(serializers.ModelSerializer):
    critic = serializers.CharField(source="critic.name")
    progress = serializers.SerializerMethodField()
    failures = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = [
            "id", "critic", "state", "samples", "seed", "priority", "job_count", "created_at", "finished_at",
            "progress", "failures",
        ]  # fmt: skip

    def get_progress(self, run: Run) -> dict[str, Any]:
        told = progress(run)
        return {
            name: getattr(told, name)
            for name in ("queued", "running", "done", "failed", "cancelled", "unparsed", "tokens_in", "tokens_out",
                         "tokens_per_second", "seconds_left")
        }  # fmt: skip

    def get_failures(self, run: Run) -> list[dict[str, Any]]:
        return [{"cause": group.cause, "jobs": group.count, "example": group.response} for group in failures(run)]


class StartSerializer(serializers.Serializer):
    """`responses` are keys; without them, all responses, or with `only_new` those that the critic has not read."""

    critic = serializers.SlugField(default="direct")
    responses = serializers.ListField(child=serializers.CharField(max_length=300), required=False, max_length=10_000)
    only_new = serializers.BooleanField(default=False)
    samples = serializers.IntegerField(default=1, min_value=1, max_value=runs.MAX_SAMPLES)
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)
    priority = serializers.IntegerField(default=0, min_value=-100, max_value=100)


class Runs(ProjectView):
    scopes = {"POST": "run"}
    verbs = {"POST": "run_critic"}

    def post(self, request: Request, slug: str) -> Response:
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        which = "keys" if "responses" in given else "new" if given["only_new"] else "all"
        try:
            with transaction.atomic():
                critic = runs.critic_named(self.project, given["critic"], by=request.user)
                run = runs.start_run(
                    critic,
                    runs.choose(critic, which, given.get("responses", ())),
                    by=request.user,
                    samples=given["samples"],
                    seed=given["seed"],
                    priority=given["priority"],
                )
        except Critic.DoesNotExist as unknown:
            raise serializers.ValidationError({"critic": str(unknown)}) from unknown
        except ValueError as refused:
            raise serializers.ValidationError(str(refused)) from refused
        place = request.build_absolute_uri(reverse("api_run", args=[slug, run.pk]))
        return Response({**RunSerializer(run).data, "url": place}, status=202, headers={"Location": place})


class RunView(ProjectView):
    def run(self, run_id: UUID) -> Run:
        return get_object_or_404(Run.objects.select_related("critic", "project"), pk=run_id, project=self.project)


class OneRun(RunView):
    scopes = {"GET": "run"}
    verbs = {"GET": "see_runs"}

    def get(self, request: Request, slug: str, run_id: UUID) -> Response:
        return Response(RunSerializer(self.run(run_id)).data)


class CancelRun(RunView):
    scopes = {"POST": "run"}
    verbs = {"POST": "run_critic"}

    def post(self, request: Request, slug: str, run_id: UUID) -> Response:
        steering.cancel_run(self.run(run_id), by=request.user)
        return Response(RunSerializer(self.run(run_id)).data)


class RetryRun(RunView):
    scopes = {"POST": "run"}
    verbs = {"POST": "run_critic"}

    def post(self, request: Request, slug: str, run_id: UUID) -> Response:
        steering.retry_failed(self.run(run_id), by=request.user)
        return Response(RunSerializer(self.run(run_id)).data)


urlpatterns = [
    path("projects/<slug:slug>/runs/", Runs.as_view(), name="api_runs"),
    path("projects/<slug:slug>/runs/<uuid:run_id>/", OneRun.as_view(), name="api_run"),
    path("projects/<slug:slug>/runs/<uuid:run_id>/cancel/", CancelRun.as_view(), name="api_cancel_run"),
    path("projects/<slug:slug>/runs/<uuid:run_id>/retry/", RetryRun.as_view(), name="api_retry_run"),
]
