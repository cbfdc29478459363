"""The form for a person's own correction."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Critique, Response
from tests.annotations.verbs.test_own_correction import a_submitted
from tests.annotations.web.test_submitted import logged_in
from tests.builders import a_critique, a_person

pytestmark = pytest.mark.django_db


def url_of(own: Critique) -> str:
    return reverse("correct", args=[own.project.slug, own.pk])


def test_a_correction_is_written_and_kept() -> None:
    own, ann = a_submitted()
    client = logged_in(ann)
    html = client.get(url_of(own)).content.decode()
    assert "The second shows 62." in html
    sent = {"rest": "The second shows 62.\r\n\r\nSo 31.9 %.", "answer": "31.9 %"}
    reply = client.post(url_of(own), sent, follow=True)
    assert "Your correction is kept" in reply.content.decode()
    assert Response.objects.get(revises=own.response).source_text == "Two bars.\nThe second shows 62.\n\nSo 31.9 %."


def test_what_is_wrong_is_told_and_what_was_typed_stays() -> None:
    own, ann = a_submitted()
    reply = logged_in(ann).post(url_of(own), {"rest": "Half a thought", "answer": " "})
    assert reply.status_code == 422
    assert "Half a thought" in reply.content.decode()
    assert not Response.objects.filter(revises=own.response).exists()


def test_without_an_error_there_is_nothing_to_correct() -> None:
    own, ann = a_submitted()
    clean = a_critique(own.response, by=ann)
    reply = logged_in(ann).get(url_of(clean), follow=True)
    assert "nothing to correct" in reply.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_is_the_authors_alone(method: str) -> None:
    own, _ = a_submitted()
    call: Any = lambda client: getattr(client, method)(url_of(own))  # noqa: E731
    assert call(Client())["Location"].startswith("/login")
    assert call(logged_in(a_person("stranger"))).status_code == 404
    assert call(logged_in(a_person("tim", role="trainer", project=own.project))).status_code == 403
    assert call(logged_in(a_person(role="admin", project=own.project))).status_code == 404


def test_the_page_costs_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    own, ann = a_submitted()
    client = logged_in(ann)
    with django_assert_max_num_queries(16):
        client.get(url_of(own))
