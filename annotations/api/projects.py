"""`GET projects/`: the projects that the caller sees."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from annotations.api.openapi import OBJECT, page_of
from annotations.api.pagination import KeysetPagination
from annotations.api.permissions import ScopedView
from annotations.models import Project, Token


class ProjectSerializer(serializers.ModelSerializer):
    verdict_scale = serializers.ListField(child=serializers.CharField(), source="scale")

    class Meta:
        model = Project
        fields = ["id", "slug", "name", "description", "overlap", "blind", "reveal", "verdict_scale", "created_at"]


class Projects(ScopedView, ListAPIView):
    scopes = {"GET": "read"}
    serializer_class = ProjectSerializer
    is_list = True
    answers = {"GET": {200: page_of(OBJECT)}}
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[Any]:
        visible = Project.objects.visible_to(self.request.user)
        if isinstance(self.request.auth, Token):
            named = self.request.auth.projects.values("pk")
            return visible.filter(pk__in=named) if named.exists() else visible
        return visible


urlpatterns = [path("projects/", Projects.as_view(), name="api_projects")]
