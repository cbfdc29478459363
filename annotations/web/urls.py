"""Every page of the domain. Projects live under `p/<slug>/`; each page module owns its lines."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from annotations.web import (
    account,
    home,
    invitation,
    people,
    project_life,
    project_log,
    project_settings,
    sign_in,
    two_factor,
)

urlpatterns: list[URLPattern | URLResolver] = [
    *home.urlpatterns,
    *sign_in.urlpatterns,
    *account.urlpatterns,
    *two_factor.urlpatterns,
    *invitation.urlpatterns,
    *people.urlpatterns,
    *project_life.urlpatterns,
    *project_log.urlpatterns,
    *project_settings.urlpatterns,
]
