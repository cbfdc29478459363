"""The first page: my projects and no others."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from annotations.models import Slot
from tests.builders import a_person, a_problem, a_project, a_response, an_instance_admin

pytestmark = pytest.mark.django_db


def home_of(person: Any) -> str:
    client = Client()
    client.force_login(person)
    return client.get("/").content.decode()


def test_it_lists_my_projects_with_how_far_they_are() -> None:
    mine, other = a_project(name="Mine"), a_project(name="Of others")
    problem = a_problem(mine)
    for _ in range(3):
        a_response(1, problem=problem)
    Slot.objects.filter(response=problem.responses.first()).update(state="done")
    html = home_of(a_person(role="annotator", project=mine))
    assert "1 of 3 critiques done · you are annotator" in html
    assert other.name not in html


def test_it_offers_the_pages_of_the_role() -> None:
    project = a_project()
    assert f"/p/{project.slug}/annotate" in home_of(a_person(role="annotator", project=project))
    assert f"/p/{project.slug}/annotate" not in home_of(a_person(role="trainer", project=project))


def test_an_instance_admin_sees_all_and_a_newcomer_is_told_how_to_join() -> None:
    project = a_project(name="Somebody's")
    assert "Somebody&#x27;s" in home_of(an_instance_admin())
    assert "ask the admin of the project for a link" in home_of(a_person())
    assert project.name not in home_of(a_person())


def test_it_costs_the_same_for_many_projects(django_assert_num_queries: Any) -> None:
    person = a_person()
    for _ in range(5):
        project = a_project()
        project.memberships.create(user=person, role="admin")
    client = Client()
    client.force_login(person)
    with django_assert_num_queries(3):  # session, person, projects
        client.get("/")
