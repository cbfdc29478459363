"""`POST projects/SLUG/runs/` starts a run; `GET …/runs/ID/` tells how far it is and what came of it.

`…/pause/`, `resume/`, `cancel/`, `retry/`, `extend/` and `stand/` steer it. `POST …/estimate/` takes what a start
takes, and starts nothing. `GET` and `POST projects/SLUG/critics/` list and make critics; `GET …/methods/` describes
what they can be made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.openapi import OBJECT, page_of
from annotations.api.pagination import KeysetPagination
from annotations.api.permissions import ProjectView
from workers import runs, steering
from workers.budget import Budget
from workers.estimate import estimate
from workers.models import Critic, Run
from workers.progress import failures, progress
from workers.settings_form import described, methods
from workers.summary import summary


class RunSerializer(serializers.ModelSerializer):
    critic = serializers.CharField(source="critic.name")
    progress = serializers.SerializerMethodField()
    failures = serializers.SerializerMethodField()
    budget = serializers.SerializerMethodField()
    summary = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = [
            "id", "critic", "state", "samples", "seed", "priority", "job_count", "created_at", "finished_at",
            "kind", "parameters", "why", "is_standing", "budget", "chosen", "progress", "failures", "summary",
        ]  # fmt: skip

    def get_budget(self, run: Run) -> dict[str, int | None]:
        return {"calls": run.budget_calls, "tokens": run.budget_tokens, "seconds": run.budget_seconds}

    def get_summary(self, run: Run) -> dict[str, Any] | None:
        """Null until the run has ended."""
        if run.finished_at is None:
            return None
        told = summary(run)
        shares = {"coverage": told.coverage, "flag_rate": told.flag_rate, "people_flag_rate": told.people_flag_rate}
        return asdict(told) | shares

    def get_progress(self, run: Run) -> dict[str, Any]:
        told = progress(run)
        return {
            name: getattr(told, name)
            for name in ("queued", "running", "done", "failed", "cancelled", "unparsed", "tokens_in", "tokens_out",
                         "tokens_per_second", "seconds_left")
        }  # fmt: skip

    def get_failures(self, run: Run) -> list[dict[str, Any]]:
        return [{"cause": group.cause, "jobs": group.count, "example": group.response} for group in failures(run)]


class BudgetSerializer(serializers.Serializer):
    calls = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    tokens = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    seconds = serializers.IntegerField(required=False, allow_null=True, min_value=1)


class StartSerializer(serializers.Serializer):
    """`responses` are keys; `filter` is a query of the list of responses; without either, all responses, or with
    `only_new` those that the critic has not read."""

    critic = serializers.SlugField(default="direct")
    responses = serializers.ListField(child=serializers.CharField(max_length=300), required=False, max_length=10_000)
    filter = serializers.DictField(child=serializers.CharField(max_length=300), required=False)
    only_new = serializers.BooleanField(default=False)
    samples = serializers.IntegerField(default=1, min_value=1, max_value=runs.MAX_SAMPLES)
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)
    priority = serializers.IntegerField(default=None, allow_null=True, min_value=-100, max_value=100)
    budget = BudgetSerializer(required=False)
    standing = serializers.BooleanField(default=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        ways = [name for name in ("responses", "filter", "only_new") if given.get(name)]
        if len(ways) > 1:
            raise serializers.ValidationError(
                f"expected one of responses, filter and only_new, found {', '.join(ways)}"
            )
        return given

    @property
    def chosen(self) -> dict[str, Any]:
        given = self.validated_data
        if "responses" in given:
            return {"which": "keys", "keys": given["responses"]}
        if "filter" in given:
            return {"which": "filter", "query": given["filter"]}
        return {"which": "new" if given["only_new"] else "all"}


@contextmanager
def told() -> Iterator[None]:
    """What a verb refuses is an error of the request, in the verb's own words."""
    try:
        yield
    except Critic.DoesNotExist as unknown:
        raise serializers.ValidationError({"critic": str(unknown)}) from unknown
    except ValueError as refused:
        raise serializers.ValidationError(str(refused)) from refused


class Runs(ProjectView):
    scopes = {"POST": "run"}
    verbs = {"POST": "run_critic"}
    bodies = {"POST": StartSerializer}
    answers = {"POST": {202: OBJECT}}

    def post(self, request: Request, slug: str) -> Response:
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        with told(), transaction.atomic():
            critic = runs.critic_named(self.project, given["critic"], by=request.user)
            run = runs.start_run(
                critic,
                runs.choose(critic, **asked.chosen),
                by=request.user,
                samples=given["samples"],
                seed=given["seed"],
                priority=given["priority"],
                budget=Budget(**given.get("budget", {})),
                chosen=asked.chosen,
                standing=given["standing"],
            )
        place = request.build_absolute_uri(reverse("api_run", args=[slug, run.pk]))
        return Response({**RunSerializer(run).data, "url": place}, status=202, headers={"Location": place})


class EstimateRun(ProjectView):
    scopes = {"POST": "run"}
    verbs = {"POST": "run_critic"}
    bodies = {"POST": StartSerializer}

    def post(self, request: Request, slug: str) -> Response:
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with told():
            critic = runs.critic_named(self.project, asked.validated_data["critic"], by=request.user)
            if why := runs.refusal_before_start(critic):
                raise ValueError(why)
            costs = estimate(critic, runs.choose(critic, **asked.chosen), samples=asked.validated_data["samples"])
        return Response(asdict(costs))


class CriticSerializer(serializers.ModelSerializer):
    name = serializers.CharField(max_length=60)
    engine = serializers.CharField(max_length=60, default="torch_local")
    model = serializers.CharField(max_length=300, default="default")
    settings = serializers.DictField(default=dict)

    class Meta:
        model = Critic
        fields = ["id", "name", "method", "engine", "model", "settings", "created_at"]
        read_only_fields = ["id", "created_at"]
        validators: list[Any] = []


class Critics(ProjectView):
    scopes = {"GET": "run", "POST": "run"}
    verbs = {"GET": "see_runs", "POST": "run_critic"}
    is_list = True
    bodies = {"POST": CriticSerializer}
    answers = {"GET": {200: page_of(OBJECT)}, "POST": {201: CriticSerializer}}

    def get(self, request: Request, slug: str) -> Response:
        pages = KeysetPagination()
        page = pages.paginate_queryset(Critic.objects.filter(project=self.project), request)
        return pages.get_paginated_response(CriticSerializer(page, many=True).data)

    def post(self, request: Request, slug: str) -> Response:
        asked = CriticSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        with told():
            settings = runs.settings_of(given["method"], given["settings"])
            critic = runs.make_critic(self.project, by=request.user, **{**given, "settings": settings})
        return Response(CriticSerializer(critic).data, status=201)


class Methods(ProjectView):
    scopes = {"GET": "run"}
    verbs = {"GET": "see_runs"}
    answers = {"GET": {200: {"type": "array", "items": OBJECT}}}

    def get(self, request: Request, slug: str) -> Response:
        """Not paginated: there are as many as there are files."""
        known = methods().values()
        return Response(
            [
                {
                    "name": method.name,
                    "title": method.title,
                    "help": method.help,
                    "settings": described(method.settings),
                }
                for method in known
            ]
        )


class RunView(ProjectView):
    def run(self, run_id: UUID) -> Run:
        return get_object_or_404(Run.objects.select_related("critic", "project"), pk=run_id, project=self.project)


class OneRun(RunView):
    scopes = {"GET": "run"}
    verbs = {"GET": "see_runs"}

    def get(self, request: Request, slug: str, run_id: UUID) -> Response:
        return Response(RunSerializer(self.run(run_id)).data)


class ResumeSerializer(serializers.Serializer):
    budget = BudgetSerializer(required=False)


class StandSerializer(serializers.Serializer):
    standing = serializers.BooleanField(default=True)


class SteerRun(RunView):
    """One verb on a run; answers with the run."""

    scopes = {"POST": "run"}
    verbs = {"POST": "run_critic"}

    def act(self, run: Run, request: Request) -> None:
        raise NotImplementedError

    def post(self, request: Request, slug: str, run_id: UUID) -> Response:
        with told():
            self.act(self.run(run_id), request)
        return Response(RunSerializer(self.run(run_id)).data)


class CancelRun(SteerRun):
    def act(self, run: Run, request: Request) -> None:
        steering.cancel_run(run, by=request.user)


class RetryRun(SteerRun):
    def act(self, run: Run, request: Request) -> None:
        steering.retry_failed(run, by=request.user)


class PauseRun(SteerRun):
    def act(self, run: Run, request: Request) -> None:
        steering.pause_run(run, by=request.user)


class ResumeRun(SteerRun):
    bodies = {"POST": ResumeSerializer}

    def act(self, run: Run, request: Request) -> None:
        """Body: {"budget": {…}} for another budget; without it, the old one stands."""
        budget = None
        asked = ResumeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if "budget" in asked.validated_data:
            budget = Budget(**asked.validated_data["budget"])
        steering.resume_run(run, by=request.user, budget=budget)


class ExtendRun(SteerRun):
    def act(self, run: Run, request: Request) -> None:
        steering.extend_run(run, by=request.user)


class StandRun(SteerRun):
    bodies = {"POST": StandSerializer}

    def act(self, run: Run, request: Request) -> None:
        """Body: {"standing": true or false}."""
        asked = StandSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        steering.stand(run, asked.validated_data["standing"], by=request.user)


urlpatterns = [
    path("projects/<slug:slug>/critics/", Critics.as_view(), name="api_critics"),
    path("projects/<slug:slug>/methods/", Methods.as_view(), name="api_methods"),
    path("projects/<slug:slug>/estimate/", EstimateRun.as_view(), name="api_estimate_run"),
    path("projects/<slug:slug>/runs/", Runs.as_view(), name="api_runs"),
    path("projects/<slug:slug>/runs/<uuid:run_id>/", OneRun.as_view(), name="api_run"),
    path("projects/<slug:slug>/runs/<uuid:run_id>/cancel/", CancelRun.as_view(), name="api_cancel_run"),
    path("projects/<slug:slug>/runs/<uuid:run_id>/retry/", RetryRun.as_view(), name="api_retry_run"),
    path("projects/<slug:slug>/runs/<uuid:run_id>/pause/", PauseRun.as_view(), name="api_pause_run"),
    path("projects/<slug:slug>/runs/<uuid:run_id>/resume/", ResumeRun.as_view(), name="api_resume_run"),
    path("projects/<slug:slug>/runs/<uuid:run_id>/extend/", ExtendRun.as_view(), name="api_extend_run"),
    path("projects/<slug:slug>/runs/<uuid:run_id>/stand/", StandRun.as_view(), name="api_stand_run"),
]
