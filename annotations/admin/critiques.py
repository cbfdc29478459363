"""Critiques with their parts as tables: parts have composite keys, which Django's admin cannot register."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string

from annotations.admin.read_only import ReadOnlyAdmin
from annotations.models import Author, Critique


class AuthorAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "project", "method", "model", "created_at")
    list_filter = ("kind",)
    list_select_related = ("project",)
    search_fields = ("name",)


class CritiqueAdmin(ReadOnlyAdmin):
    list_display = ("id", "project", "response", "author", "stage", "revision", "verdict", "stored_at")
    list_filter = ("stage", "verdict")
    list_select_related = ("project", "response", "author")
    readonly_fields = ("parts",)

    @admin.display(description="Judgments and findings")
    def parts(self, critique: Any) -> str:
        context = {"judgments": critique.judgments.all(), "findings": critique.findings.all()}
        return render_to_string("admin/_critique_parts.html", context)


admin.site.register(Author, AuthorAdmin)
admin.site.register(Critique, CritiqueAdmin)
