"""`GET projects/SLUG/problems/`, `responses/`, `critiques/`: what the caller's role may see; `POST` pushes in bulk.

Records are those of the native format (docs/formats.md), with their `id` and time, and without what lies below them.
Filters, orderings and fields are those named here; everything else in a query is refused. Annotators see no reference
answer before the project shows it to them, nothing that a correction tells, and no `extra`, which may hold labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.openapi import OBJECT, page_of
from annotations.api.pagination import KeysetPagination
from annotations.api.permissions import ProjectView
from annotations.api.throttling import BulkThrottle
from annotations.core import codec
from annotations.models import Critique, CritiqueHead, Problem, Reference, Step
from annotations.models import Response as ResponseRow
from annotations.models.holdout import leaving
from annotations.models.records import critique_record, problem_record, response_record
from annotations.verbs import push as push_verb
from annotations.verbs.blindness import visible_critiques
from annotations.verbs.permissions import allows

PAGE_PARAMETERS = {"after", "limit", "order", "fields"}


@dataclass(frozen=True, slots=True)
class Filter:
    """`apply` raises ValueError with what was expected; `schema` is of the parameter."""

    apply: Callable[[Any, str], Any]
    schema: dict[str, Any]


def equals(column: str) -> Filter:
    return Filter(lambda rows, value: rows.filter(**{column: _text(value)}), {"type": "string"})


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("text without NUL")
    return value


def _one_of(column: str, *allowed: str) -> Filter:
    def apply(rows: Any, value: str) -> Any:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return rows.filter(**{column: value})

    return Filter(apply, {"type": "string", "enum": list(allowed)})


def flag(apply: Callable[[Any, bool], Any]) -> Filter:
    def by_word(rows: Any, value: str) -> Any:
        if value not in ("true", "false"):
            raise ValueError("true or false")
        return apply(rows, value == "true")

    return Filter(by_word, {"type": "boolean"})


class ReadView(ProjectView):
    """`filters` and `fields` are all that a query may name."""

    scopes = {"GET": "read", "POST": "push"}
    verbs = {"GET": "see_responses", "POST": "import_data"}
    filters: ClassVar[Mapping[str, Filter]] = {}
    fields: ClassVar[tuple[str, ...]] = ()
    reviewers_only: ClassVar[frozenset[str]] = frozenset()
    orderings: ClassVar[Mapping[str, str]] = {"position": "position"}

    def rows(self) -> QuerySet[Any]:
        raise NotImplementedError

    def whole(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """With what `told` reads, in a fixed number of queries."""
        raise NotImplementedError

    def told(self, row: Any) -> dict[str, Any]:
        raise NotImplementedError

    def query_parameters(self) -> dict[str, Any]:
        filters = {name: each.schema for name, each in self.filters.items()} if self.is_list else {}
        told = f"Comma-separated, of: {', '.join(self.fields)}."
        return {**filters, "fields": {"type": "string", "description": told}}

    @property
    def is_reviewer(self) -> bool:
        return allows(self.role, "compare") or bool(self.request.user.is_superuser)

    def filtered(self, request: Request) -> QuerySet[Any]:
        rows = self.rows()
        for name, value in request.query_params.dict().items():
            if name in self.filters:
                try:
                    rows = self.filters[name].apply(rows, value)
                except ValueError as error:
                    told = f"Expected {error}; found {value[:60]!r}."
                    raise serializers.ValidationError({name: told}) from error
            elif name not in PAGE_PARAMETERS:
                known = ", ".join(sorted({*self.filters, *PAGE_PARAMETERS}))
                raise serializers.ValidationError({name: f"There is no such parameter; there are {known}."})
        return rows

    def chosen(self, request: Request) -> tuple[str, ...]:
        """The fields asked for, or all."""
        written = request.query_params.get("fields")
        if written is None:
            return self.fields
        asked = tuple(name.strip() for name in written.split(","))
        if unknown := [name for name in asked if name not in self.fields]:
            told = f"Expected some of {', '.join(self.fields)}; found {unknown[0][:60]!r}."
            raise serializers.ValidationError({"fields": told})
        return asked

    def shown(self, row: Any, names: tuple[str, ...]) -> dict[str, Any]:
        told = self.told(row)
        hidden = frozenset() if self.is_reviewer else self.reviewers_only
        return {name: told[name] for name in names if name not in hidden}


PUSHED: dict[str, Any] = {
    "type": "object",
    "required": ["counts", "results"],
    "properties": {
        "counts": {
            "type": "object",
            "required": ["added", "already_there", "refused"],
            "additionalProperties": {"type": "integer"},
        },
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "key", "status", "errors"],
                "properties": {
                    "index": {"type": "integer"},
                    "key": {"type": "string"},
                    "status": {"type": "string", "enum": ["added", "already_there", "refused"]},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["field", "expected", "found"],
                            "additionalProperties": {"type": "string"},
                        },
                    },
                },
            },
        },
    },
}


class PushSerializer(serializers.Serializer):
    """Records of the native format; a response has `problem`, a critique `response`: the key of what it belongs to."""

    records = serializers.ListField(
        child=serializers.JSONField(), allow_empty=False, max_length=push_verb.MAX_RECORDS
    )  # fmt: skip


class ListView(ReadView):
    is_list = True
    bodies = {"POST": PushSerializer}
    answers = {"GET": {200: page_of(OBJECT)}, "POST": {200: PUSHED}}
    kind: push_verb.Kind

    def get_throttles(self) -> list[Any]:
        return [BulkThrottle()] if self.request.method == "POST" else super().get_throttles()

    def get(self, request: Request, slug: str) -> Response:
        names = self.chosen(request)
        pages = KeysetPagination()
        page = pages.paginate_queryset(self.whole(self.filtered(request)), request, self)
        return pages.get_paginated_response([self.shown(row, names) for row in page])

    def post(self, request: Request, slug: str) -> Response:
        asked = PushSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        outcomes = push_verb.push(self.project, self.kind, asked.validated_data["records"], by=request.user)
        counts = dict.fromkeys(("added", "already_there", "refused"), 0)
        for outcome in outcomes:
            counts[outcome.status] += 1
        return Response({"counts": counts, "results": [_outcome(outcome) for outcome in outcomes]})


class OneView(ReadView):
    """By id."""

    scopes = {"GET": "read"}
    verbs = {"GET": "see_responses"}

    def get(self, request: Request, slug: str, row_id: UUID) -> Response:
        names = self.chosen(request)
        for name in request.query_params:
            if name != "fields":
                raise serializers.ValidationError({name: "There is no such parameter; there is fields."})
        return Response(self.shown(get_object_or_404(self.whole(self.rows()), pk=row_id), names))


def _outcome(outcome: push_verb.Pushed) -> dict[str, Any]:
    errors = [{"field": error.field, "expected": error.expected, "found": error.found} for error in outcome.errors]
    return {"index": outcome.index, "key": outcome.key, "status": outcome.status, "errors": errors}


class _Problems(ReadView):
    filters = {
        "key": equals("key"),
        "source_dataset": equals("source_dataset"),
        "superskill": equals("superskill"),
        "skill": equals("skill"),
        "licence": equals("licence"),
        "tag": Filter(lambda rows, value: rows.filter(tags__contains=[_text(value)]), {"type": "string"}),
    }
    fields = (
        "id", "key", "question", "images", "reference_answer", "options", "source_dataset", "superskill", "skill",
        "licence", "tags", "extra", "created_at",
    )  # fmt: skip
    reviewers_only = frozenset({"extra"})

    @property
    def _shows_answer(self) -> bool:
        return self.is_reviewer or self.project.reference_answer == "always"

    def rows(self) -> QuerySet[Any]:
        return leaving(Problem.objects.filter(project=self.project), self.project)

    def whole(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related("problem_images__image")

    def told(self, row: Problem) -> dict[str, Any]:
        told = codec.dump(problem_record(row)) | {"id": str(row.pk), "created_at": row.created_at}
        return told if self._shows_answer else told | {"reference_answer": None}


class _Responses(ReadView):
    filters = {
        "key": equals("key"),
        "problem": equals("problem__key"),
        "generator": equals("generator"),
        "checkpoint": equals("checkpoint"),
        "revises": equals("revises__key"),
        "corrections": flag(lambda rows, is_one: rows.filter(revises__isnull=not is_one)),
    }
    fields = (
        "id", "key", "problem", "source_text", "steps", "segmentation", "answer", "generator", "checkpoint", "sample",
        "revises", "guided_by", "extra", "created_at",
    )  # fmt: skip
    reviewers_only = frozenset({"extra", "guided_by", "created_at"})

    def rows(self) -> QuerySet[Any]:
        rows = leaving(ResponseRow.objects.filter(project=self.project), self.project, "problem__")
        if self.is_reviewer:
            return rows
        rows = rows.filter(revises=None)
        if self.project.step_reveal or self.project.gold_rate:  # it would show a chain at once, and a plant's origin
            mine = Critique.objects.filter(response=OuterRef("pk"), author__user=self.request.user.pk)
            rows = rows.filter(Exists(mine))
        return rows

    def whole(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.select_related("problem", "revises", "guided_by").prefetch_related(
            "segmentations", Prefetch("steps", Step.objects.order_by("response", "segmentation", "number"))
        )

    def told(self, row: ResponseRow) -> dict[str, Any]:
        return codec.dump(response_record(row)) | {
            "id": str(row.pk),
            "problem": row.problem.key,
            "created_at": row.created_at,
        }


class _Critiques(ReadView):
    orderings = {"stored_at": "stored_at"}
    filters = {
        "key": equals("key"),
        "response": equals("response__key"),
        "problem": equals("problem__key"),
        "by": _one_of("author__kind", "person", "critic"),
        "author": equals("author__name"),
        "run": equals("author__run"),
        "stage": _one_of("stage", "blind", "after_reveal", "imported", "model"),
        "verdict": _one_of("verdict", "correct", "incorrect", "neutral", "unsure"),
        "latest": flag(lambda rows, is_latest: rows.filter(head__isnull=not is_latest)),
        "reference": flag(
            lambda rows, is_one: rows.filter(Exists(_references())) if is_one else rows.exclude(Exists(_references()))
        ),
    }
    fields = (
        "id", "key", "response", "author", "answer", "judgments", "comment", "confidence", "difficulty", "evidence",
        "stage", "revision", "started_at", "submitted_at", "active_seconds", "raw_output", "costs", "reference", "run",
        "sample", "extra", "latest", "stored_at",
    )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        return leaving(visible_critiques(self.request.user, self.project), self.project, "problem__")

    def whole(self, rows: Any) -> QuerySet[Any]:
        newest = Reference.objects.order_by("-version")
        heads = CritiqueHead.objects.filter(critique=OuterRef("pk"))
        return (
            rows.whole()
            .select_related("author", "response")
            .annotate(is_latest=Exists(heads))
            .prefetch_related(Prefetch("references", newest))
        )

    def told(self, row: Any) -> dict[str, Any]:
        references = list(row.references.all())
        record = critique_record(row, reference=references[0].kind if references else None)
        if not self.is_reviewer:
            record = replace(record, reference=None)
        return codec.dump(record) | {
            "id": str(row.pk),
            "response": row.response.key,
            "latest": row.is_latest,
            "stored_at": row.stored_at,
        }


def _references() -> QuerySet[Any]:
    return Reference.objects.filter(critique=OuterRef("pk"))


class Problems(_Problems, ListView):
    """The project's problems, a page at a time; a POST pushes problems in the native form, by their keys."""

    kind = "problems"


class Responses(_Responses, ListView):
    """Chains with their steps, a page at a time; a POST pushes responses, each with its `problem`'s key."""

    kind = "responses"


class Critiques(_Critiques, ListView):
    """What the caller may see now, a page at a time; a POST pushes critiques, each with its `response`'s key."""

    kind = "critiques"


class OneProblem(_Problems, OneView):
    """One problem, by id."""


class OneResponse(_Responses, OneView):
    """One chain, by id."""


class OneCritique(_Critiques, OneView):
    """One critique whole, by id; to who may not see it yet, there is none."""


urlpatterns = [
    path("projects/<slug:slug>/problems/", Problems.as_view(), name="api_problems"),
    path("projects/<slug:slug>/problems/<uuid:row_id>/", OneProblem.as_view(), name="api_problem"),
    path("projects/<slug:slug>/responses/", Responses.as_view(), name="api_responses"),
    path("projects/<slug:slug>/responses/<uuid:row_id>/", OneResponse.as_view(), name="api_response"),
    path("projects/<slug:slug>/critiques/", Critiques.as_view(), name="api_critiques"),
    path("projects/<slug:slug>/critiques/<uuid:row_id>/", OneCritique.as_view(), name="api_critique"),
]
