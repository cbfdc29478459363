"""Projects and their versions: their own pages change them."""

from __future__ import annotations

from django.contrib import admin

from annotations.admin.read_only import ReadOnlyAdmin
from annotations.models import GuidelineVersion, Project, TaxonomyVersion, Work


class ProjectAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "overlap", "blind", "verdict_scale", "created_at")
    search_fields = ("name", "slug")


class VersionAdmin(ReadOnlyAdmin):
    list_display = ("project", "number", "created_by", "created_at")
    list_select_related = ("project", "created_by")


class WorkAdmin(ReadOnlyAdmin):
    list_display = ("kind", "project", "queue", "state", "done", "total", "attempts", "created_at", "finished_at")
    list_filter = ("state", "kind")
    list_select_related = ("project",)


admin.site.register(Project, ProjectAdmin)
admin.site.register([GuidelineVersion, TaxonomyVersion], VersionAdmin)
admin.site.register(Work, WorkAdmin)
