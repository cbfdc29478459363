"""`projects/SLUG/webhooks/`: list and make; `…/ID/` change and remove; `…/ID/deliveries/`; a delivery sent again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.api.openapi import OBJECT, page_of
from annotations.api.pagination import KeysetPagination
from annotations.api.permissions import ProjectView
from annotations.models import Webhook, WebhookAttempt, WebhookDelivery
from annotations.models.webhook import EVENTS
from annotations.verbs import webhooks


class WebhookSerializer(serializers.ModelSerializer):
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENTS), allow_empty=False)
    is_active = serializers.BooleanField(default=True)

    class Meta:
        model = Webhook
        fields = ["id", "url", "events", "is_active", "created_at"]
        read_only_fields = ["id", "created_at"]


class AttemptSerializer(serializers.ModelSerializer):
    class Meta:
        model = WebhookAttempt
        fields = ["at", "status", "seconds", "excerpt", "error"]


class DeliverySerializer(serializers.ModelSerializer):
    """`state`: queued, running, paused (tries again at `next_attempt_at`), done, failed or cancelled."""

    id = serializers.UUIDField(source="pk")
    state = serializers.CharField(source="work.state")
    attempts = AttemptSerializer(many=True)

    class Meta:
        model = WebhookDelivery
        fields = ["id", "event", "data", "at", "state", "next_attempt_at", "attempts"]


class WebhookView(ProjectView):
    def hook(self, hook_id: UUID) -> Webhook:
        return get_object_or_404(webhooks.hooks_of(self.project).select_related("project"), pk=hook_id)


class Webhooks(ProjectView):
    """A project has at most 20, so the list has one page. `POST` answers with the secret, this once."""

    scopes = {"GET": "read", "POST": "push"}
    verbs = {"GET": "manage_webhooks", "POST": "manage_webhooks"}
    bodies = {"POST": WebhookSerializer}
    answers = {"GET": {200: OBJECT}, "POST": {201: OBJECT}}

    def get(self, request: Request, slug: str) -> Response:
        hooks = webhooks.hooks_of(self.project)
        return Response({"results": WebhookSerializer(hooks, many=True).data, "next": None})

    def post(self, request: Request, slug: str) -> Response:
        given = WebhookSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        try:
            hook, secret = webhooks.make_webhook(self.project, asked["url"], asked["events"], by=request.user)
            if not asked["is_active"]:
                webhooks.change_webhook(hook, **asked, by=request.user)
                hook.refresh_from_db()
        except ValidationError as refused:
            raise _told(refused) from refused
        return Response({**WebhookSerializer(hook).data, "secret": secret}, status=201)


class WebhookOne(WebhookView):
    scopes = {"GET": "read", "PUT": "push", "DELETE": "push"}
    verbs = dict.fromkeys(("GET", "PUT", "DELETE"), "manage_webhooks")
    bodies = {"PUT": WebhookSerializer}
    answers = {"GET": {200: WebhookSerializer}, "PUT": {200: WebhookSerializer}, "DELETE": {200: OBJECT}}

    def get(self, request: Request, slug: str, hook_id: UUID) -> Response:
        return Response(WebhookSerializer(self.hook(hook_id)).data)

    def put(self, request: Request, slug: str, hook_id: UUID) -> Response:
        hook = self.hook(hook_id)
        given = WebhookSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            webhooks.change_webhook(hook, **given.validated_data, by=request.user)
        except ValidationError as refused:
            raise _told(refused) from refused
        hook.refresh_from_db()
        return Response(WebhookSerializer(hook).data)

    def delete(self, request: Request, slug: str, hook_id: UUID) -> Response:
        webhooks.remove_webhook(self.hook(hook_id), by=request.user)
        return Response({"removed": str(hook_id)})


class Deliveries(WebhookView):
    """Oldest first, with every attempt."""

    scopes = {"GET": "read"}
    verbs = {"GET": "manage_webhooks"}
    is_list = True
    orderings = {"at": "at"}
    answers = {"GET": {200: page_of(OBJECT)}}

    def get(self, request: Request, slug: str, hook_id: UUID) -> Response:
        pages = KeysetPagination()
        page = pages.paginate_queryset(webhooks.deliveries_of(self.hook(hook_id)), request, self)
        return pages.get_paginated_response(DeliverySerializer(page, many=True).data)


class Redeliver(ProjectView):
    scopes = {"POST": "push"}
    verbs = {"POST": "manage_webhooks"}
    answers = {"POST": {202: OBJECT}}

    def post(self, request: Request, slug: str, delivery_id: UUID) -> Response:
        found = WebhookDelivery.objects.select_related("hook__project")
        delivery: Any = get_object_or_404(found, pk=delivery_id, hook__in=webhooks.hooks_of(self.project))
        webhooks.redeliver(delivery, by=request.user)
        return Response({"id": str(delivery.pk), "state": "queued"}, status=202)


def _told(refused: ValidationError) -> serializers.ValidationError:
    return serializers.ValidationError(
        refused.message_dict if hasattr(refused, "error_dict") else {"webhook": refused.messages}
    )


urlpatterns = [
    path("projects/<slug:slug>/webhooks/", Webhooks.as_view(), name="api_webhooks"),
    path("projects/<slug:slug>/webhooks/<uuid:hook_id>/", WebhookOne.as_view(), name="api_webhook"),
    path("projects/<slug:slug>/webhooks/<uuid:hook_id>/deliveries/", Deliveries.as_view(), name="api_deliveries"),
    path("projects/<slug:slug>/deliveries/<uuid:delivery_id>/again", Redeliver.as_view(), name="api_redeliver"),
]
