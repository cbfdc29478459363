"""The page of all differences: what it lists, its filter, its queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.models import Author, Project, Response
from tests.builders import a_critic, a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(client: Client) -> Project:
    project = a_project("bars")
    client.force_login(a_person(role="reviewer", project=project))
    return project


def differing(project: Project) -> Response:
    response = a_response(steps=2, project=project)
    a_critique(response, "correct", "incorrect", author=a_critic("one"))
    a_critique(response, "correct", "correct", author=a_critic("two"))
    return response


def page(client: Client, query: str = "") -> Any:
    answer = client.get(reverse("differences", args=["bars"]) + query)
    assert answer.status_code == 200
    return answer


def test_each_difference_leads_to_its_step(client: Client, project: Project) -> None:
    response = differing(project)
    assert f"{reverse('compare', args=['bars', response.pk])}#step-2" in page(client).content.decode()


def test_a_filter_that_is_not_offered_is_told_and_filters_nothing(client: Client, project: Project) -> None:
    differing(project)
    text = page(client, "?side=nonsense&page=99999").content.decode()
    assert "is not among these" in text
    assert "1 response on which critiques differ" in text
    one = Author.objects.get(name="one").pk
    assert "No differences" in page(client, f"?critic={one}").content.decode()


def test_its_queries_do_not_grow_with_the_list(client: Client, project: Project) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client)
        return len(queries)

    differing(project)
    page(client)
    few = count()
    for _ in range(5):
        differing(project)
    assert count() == few == 8
