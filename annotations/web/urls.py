"""Every page of the domain. Projects live under `p/<slug>/`; each page module owns its lines."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from annotations.web import annotate, home, images

urlpatterns: list[URLPattern | URLResolver] = [
    *home.urlpatterns,
    *annotate.urlpatterns,
    *images.urlpatterns,
]
