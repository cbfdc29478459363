"""Every page of the domain. Projects live under `p/<slug>/`; each page module owns its lines."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
