"""The page of drift: signals with their items, in a fixed number of queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.builders import a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db


def test_signals_lead_to_their_items_and_queries_do_not_grow(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    project = a_project()
    problem = a_problem(project)
    ann, ben = (a_person(name, role="annotator", project=project) for name in ("ann", "ben"))
    responses = [a_response(3, problem=problem) for _ in range(16)]
    for response in responses:
        a_critique(response, by=ann, active_seconds=0.5)
        a_critique(response, "incorrect", by=ben, active_seconds=60)
    client.force_login(a_person(role="reviewer", project=project))
    with django_assert_max_num_queries(12):
        text = client.get(reverse("drift", args=[project.slug])).content.decode()
    assert text.count("Too fast to have read") == 1
    assert text.count("Always the same verdict") == 1
    assert reverse("compare", args=[project.slug, responses[-1].pk]) in text
    assert "0.67" in text  # two of three steps judged as the other did
