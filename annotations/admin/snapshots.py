"""Datasets and their published versions, each with its files as a table."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string

from annotations.admin.read_only import ReadOnlyAdmin
from annotations.models import Dataset, Snapshot


class DatasetAdmin(ReadOnlyAdmin):
    list_display = ("name", "project", "format", "created_by", "created_at")
    list_select_related = ("project", "created_by")
    search_fields = ("name",)


class SnapshotAdmin(ReadOnlyAdmin):
    list_display = ("dataset", "version", "rows", "file_count", "created_by", "created_at")
    list_select_related = ("dataset", "created_by")
    readonly_fields = ("published_files",)

    @admin.display(description="Files")
    def published_files(self, snapshot: Any) -> str:
        return render_to_string("admin/_snapshot_files.html", {"files": snapshot.files.all()})


admin.site.register(Dataset, DatasetAdmin)
admin.site.register(Snapshot, SnapshotAdmin)
