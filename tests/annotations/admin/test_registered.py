from __future__ import annotations

from django.contrib import admin

from annotations import models
from critique_app.admin_site import InstanceAdminSite


def test_djangos_admin_shows_people_projects_and_what_they_made() -> None:
    """On our own site, whose making must not lose what was registered while it was made."""
    shown = set(admin.site._registry)
    expected = {"Project", "Membership", "Problem", "Response", "Critique", "Author", "Dataset", "Snapshot", "Work"}
    assert isinstance(admin.site._wrapped, InstanceAdminSite)
    assert {getattr(models, name) for name in expected} <= shown
