"""`POST projects/SLUG/corrections/` starts corrections or rollouts, `GET` lists what came of corrections."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.openapi import OBJECT, page_of
from annotations.api.pagination import KeysetPagination
from annotations.api.permissions import ProjectView
from annotations.core.schema import EFFECT_KINDS, GUIDANCE_LEVELS
from annotations.models import Effect
from annotations.models import Response as ResponseRow
from annotations.verbs.blindness import visible_effects
from workers import correcting, runs
from workers.api import RunSerializer


class EffectSerializer(serializers.ModelSerializer):
    correction = serializers.CharField(source="correction.key")
    revised = serializers.CharField(source="revised.key")
    began_with = serializers.CharField(source="root.key")
    critique = serializers.SerializerMethodField()
    critic = serializers.CharField(source="critique.author.name", default=None)
    corrector = serializers.CharField(source="corrector.name")
    model = serializers.CharField(source="corrector.model")

    class Meta:
        model = Effect
        fields = [
            "correction", "revised", "began_with", "critique", "critic", "corrector", "model", "run", "level", "source",
            "seed", "round", "explanations", "explanation_seed", "left_out", "rejected_count", "before", "before_by",
            "after", "effect", "costs", "created_at",
        ]  # fmt: skip

    def get_critique(self, effect: Effect) -> str | None:
        return None if effect.critique is None else effect.critique.key or str(effect.critique.pk)


class FilterSerializer(serializers.Serializer):
    effect = serializers.ChoiceField(choices=EFFECT_KINDS, required=False)
    level = serializers.ChoiceField(choices=GUIDANCE_LEVELS, required=False)
    critique = serializers.UUIDField(required=False)
    run = serializers.UUIDField(required=False)


class StartCorrectionsSerializer(serializers.Serializer):
    """`responses` are keys; without them, all responses that revise nothing. `method` is a corrector, or "rollout"."""

    method = serializers.CharField(default="revise")
    engine = serializers.CharField(default=correcting.DEFAULT_ENGINE, max_length=60)
    model = serializers.CharField(default=correcting.DEFAULT_MODEL, max_length=300)
    settings = serializers.DictField(default=dict)
    parameters = serializers.DictField(default=dict)
    responses = serializers.ListField(child=serializers.CharField(max_length=300), required=False, max_length=10_000)
    samples = serializers.IntegerField(default=1, min_value=1, max_value=runs.MAX_SAMPLES)
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)


class Corrections(ProjectView):
    scopes = {"GET": "run", "POST": "run"}
    verbs = {"GET": "see_runs", "POST": "run_critic"}
    is_list = True
    query = {
        "GET": {
            "effect": {"type": "string", "enum": list(EFFECT_KINDS)},
            "level": {"type": "string", "enum": list(GUIDANCE_LEVELS)},
            "critique": {"type": "string", "format": "uuid"},
            "run": {"type": "string", "format": "uuid"},
        }
    }
    bodies = {"POST": StartCorrectionsSerializer}
    answers = {"GET": {200: page_of(OBJECT)}, "POST": {202: OBJECT}}

    def get(self, request: Request, slug: str) -> Response:
        asked = FilterSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        effects = visible_effects(request.user, self.project).filter(**asked.validated_data)
        pages = KeysetPagination()
        related = effects.select_related("correction", "revised", "root", "critique__author", "corrector")
        return pages.get_paginated_response(EffectSerializer(pages.paginate_queryset(related, request), many=True).data)

    def post(self, request: Request, slug: str) -> Response:
        asked = StartCorrectionsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(asked.validated_data)
        try:
            with transaction.atomic():
                run = correcting.start(
                    self.project, self._responses(given.pop("responses", None)), by=request.user, **given
                )
        except ValueError as refused:
            raise serializers.ValidationError(str(refused)) from refused
        place = request.build_absolute_uri(reverse("api_run", args=[slug, run.pk]))
        return Response({**RunSerializer(run).data, "url": place}, status=202, headers={"Location": place})

    def _responses(self, keys: list[str] | None) -> Any:
        found = ResponseRow.objects.filter(project=self.project)
        if keys is None:
            return found.filter(revises=None)
        found = found.filter(key__in=keys)
        if missing := sorted(set(keys) - set(found.values_list("key", flat=True))):
            raise serializers.ValidationError({"responses": f"No response has the key {', '.join(missing[:5])}."})
        return found


urlpatterns = [path("projects/<slug:slug>/corrections/", Corrections.as_view(), name="api_corrections")]
