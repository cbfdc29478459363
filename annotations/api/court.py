"""`GET projects/SLUG/court/` gives the next finding to rule on, without its source; `POST …/court/CASE` rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.openapi import OBJECT
from annotations.api.permissions import ProjectView
from annotations.core.codec import dump
from annotations.models import CourtCase
from annotations.models.court import RULINGS
from annotations.models.records import steps_of
from annotations.verbs import court


class RulingSerializer(serializers.Serializer):
    """`duplicate_of` is the token of one of the case's `others`, for a duplicate."""

    kind = serializers.ChoiceField(choices=RULINGS)
    duplicate_of = serializers.CharField(required=False, default="", allow_blank=True, max_length=20)
    words = serializers.CharField(required=False, default="", allow_blank=True, max_length=court.LONGEST_WORDS)


class NextCase(ProjectView):
    scopes = {"GET": "read"}
    verbs = {"GET": "rule_on_findings"}

    def get(self, request: Request, slug: str) -> Response:
        """`case` is null where nothing waits for the caller. Offsets and points are those of the native format."""
        waiting = court.waiting_for(request.user, self.project)
        case = waiting.select_related("response__problem").first()
        return Response({"left": waiting.count(), "case": _told(case) if case else None})


class RuleOnCase(ProjectView):
    scopes = {"POST": "push"}
    verbs = {"POST": "rule_on_findings"}
    bodies = {"POST": RulingSerializer}
    answers = {"POST": {201: OBJECT, 409: OBJECT}}

    def post(self, request: Request, slug: str, case: UUID) -> Response:
        row = CourtCase.objects.select_related("project").filter(pk=case, project=self.project, same_as=None).first()
        if row is None:
            raise Http404("There is no such case.")
        given = RulingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            ruling = court.rule(row, by=request.user, **given.validated_data)
        except court.RuledAlready as refused:
            return Response({"error": str(refused)}, status=409)
        except ValueError as refused:
            raise serializers.ValidationError({"duplicate_of": [str(refused)]}) from refused
        return Response({"case": str(row.pk), "kind": ruling.kind}, status=201)


def _told(case: CourtCase) -> dict[str, Any]:
    response = case.response
    step, finding = court.finding_of(case)
    return {
        "id": str(case.pk),
        "response": response.key,
        "question": response.problem.question,
        "reference_answer": response.problem.reference_answer,
        "answer": response.answer,
        "steps": [response.source_text[one.start : one.end] for one in steps_of(response)],
        "step": step,
        "finding": dump(finding),
        "others": [{"token": other.token, "step": other.step, "finding": dump(other.finding)}
                   for other in court.others_of(case)],
        "rulings": list(RULINGS),
    }  # fmt: skip


urlpatterns = [
    path("projects/<slug:slug>/court/", NextCase.as_view(), name="api_court"),
    path("projects/<slug:slug>/court/<uuid:case>", RuleOnCase.as_view(), name="api_rule_on_finding"),
]
