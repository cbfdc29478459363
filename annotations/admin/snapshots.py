"""Datasets and their published versions, each with its files as a table."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from annotations.admin.read_only import ReadOnlyAdmin
from annotations.models import Dataset, Snapshot
from annotations.verbs import publish


class DatasetAdmin(ReadOnlyAdmin):
    list_display = ("name", "project", "format", "created_by", "created_at")
    list_select_related = ("project", "created_by")
    search_fields = ("name",)
    actions = ("publish_new_version",)

    @admin.action(description="Publish a new version")
    def publish_new_version(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Queues the next version of each, by the recipe of its last."""
        for dataset in queryset.select_related("project"):
            try:
                publish.publish(dataset.project, publish.recipe_of(dataset), by=request.user)
            except ValueError as error:
                self.message_user(request, f"{dataset}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{dataset}: the next version is queued.", messages.SUCCESS)


class SnapshotAdmin(ReadOnlyAdmin):
    list_display = ("dataset", "version", "rows", "file_count", "created_by", "created_at")
    list_select_related = ("dataset", "created_by")
    readonly_fields = ("published_files",)

    @admin.display(description="Files")
    def published_files(self, snapshot: Any) -> str:
        return render_to_string("admin/_snapshot_files.html", {"files": snapshot.files.all()})


admin.site.register(Dataset, DatasetAdmin)
admin.site.register(Snapshot, SnapshotAdmin)
