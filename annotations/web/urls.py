"""Every page of the domain. Projects live under `p/<slug>/`; each page module owns its lines."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from annotations.web import compare, home, responses

urlpatterns: list[URLPattern | URLResolver] = [
    *compare.urlpatterns,
    *home.urlpatterns,
    *responses.urlpatterns,
]
