"""Problems, images, responses and who works on them."""

from __future__ import annotations

from django.contrib import admin

from annotations.admin.read_only import ReadOnlyAdmin
from annotations.models import Assignment, Image, Problem, Response


class ImageAdmin(ReadOnlyAdmin):
    list_display = ("sha256", "project", "media_type", "width", "height", "byte_size", "created_at")
    list_select_related = ("project",)


class ProblemAdmin(ReadOnlyAdmin):
    list_display = ("key", "project", "source_dataset", "superskill", "skill", "licence", "created_at")
    list_select_related = ("project",)
    search_fields = ("key",)


class ResponseAdmin(ReadOnlyAdmin):
    list_display = ("key", "project", "generator", "checkpoint", "step_count", "created_at")
    list_select_related = ("project",)
    search_fields = ("key",)


class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ("user", "project", "response", "slot_number", "state", "strategy", "probability", "given_at")
    list_filter = ("state",)
    list_select_related = ("user", "project", "response")


admin.site.register(Image, ImageAdmin)
admin.site.register(Problem, ProblemAdmin)
admin.site.register(Response, ResponseAdmin)
admin.site.register(Assignment, AssignmentAdmin)
