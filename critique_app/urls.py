"""The root of all URLs."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from critique_app.health import health

handler404 = "annotations.api.errors.not_found"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health, name="health"),
    path("api/v1/", include("annotations.api.urls")),
    path("api/v1/", include("workers.api")),
    path("api/v1/", include("workers.correction_api")),
    path("", include("annotations.web.urls")),
    path("", include("workers.web")),
    path("", include("workers.critic_pages")),
    path("", include("workers.coming")),
    path("", include("workers.endpoint_pages")),
    path("", include("workers.correction_pages")),
    path("", include("workers.prompt_pages")),
]
