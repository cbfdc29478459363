"""Images for members of their project, as renditions."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.builders import a_person, a_project, an_image, png

pytestmark = pytest.mark.django_db


def fetched(person: Any, image: Any, **headers: str) -> Any:
    client = Client()
    client.force_login(person)
    return client.get(f"/media/image/{image.pk}", headers=headers)


def test_a_member_gets_the_rendition_for_good_and_with_a_fixed_type() -> None:
    project = a_project()
    image = an_image(project, png())
    reply = fetched(a_person(role="trainer", project=project), image)
    assert b"".join(reply.streaming_content) == png()
    assert reply["Content-Type"] == "image/png"
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Set-Cookie" not in reply


def test_what_the_browser_has_is_not_sent_again() -> None:
    project = a_project()
    image = an_image(project)
    person = a_person(role="annotator", project=project)
    again = fetched(person, image, **{"If-None-Match": fetched(person, image)["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_to_a_stranger_there_is_no_such_image() -> None:
    image = an_image(a_project())
    assert fetched(a_person(role="admin", project=a_project()), image).status_code == 404
