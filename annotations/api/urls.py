"""The API, version 1. Each module owns its lines."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from annotations.api import me, projects

urlpatterns: list[URLPattern | URLResolver] = [
    *me.urlpatterns,
    *projects.urlpatterns,
]
