"""What every API call has in common: tokens, scopes, problems, pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Membership
from annotations.verbs import tokens
from tests.builders import a_person, a_project, a_snapshot

pytestmark = pytest.mark.django_db
PROJECTS = "/api/v1/projects/"


def with_token(person: Any, *scopes: str, **options: Any) -> Client:
    _, secret = tokens.create_token(person, scopes, **options)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_a_refusal_is_a_problem_that_says_what_to_do() -> None:
    refused = Client().get("/api/v1/me")
    assert refused.status_code == 401
    assert refused["Content-Type"] == "application/problem+json"
    assert refused["WWW-Authenticate"].startswith("Bearer")
    assert refused.json()["status"] == 401
    wrong = Client(headers={"Authorization": "Bearer sl_wrong"}).get("/api/v1/me").json()
    assert "create_token" in wrong["detail"]


def test_a_wrong_parameter_is_told_by_field() -> None:
    refused = with_token(a_person(), "read").get(PROJECTS, {"limit": "many"})
    assert refused.status_code == 400
    assert refused.json()["errors"] == [{"field": "limit", "detail": "Expected a number from 1 to 1000, found 'many'."}]
    assert with_token(a_person(), "read").get(PROJECTS, {"after": "x"}).json()["errors"][0]["field"] == "after"


def test_me_says_who_i_am_and_what_the_token_may() -> None:
    project = a_project("charts")
    person = a_person("ada", role="trainer", project=project)
    me = with_token(person, "read", "pull").get("/api/v1/me").json()
    assert (me["username"], me["roles"], me["scopes"]) == ("ada", {"charts": "trainer"}, ["pull", "read"])


def test_a_token_without_the_scope_is_refused() -> None:
    refused = with_token(a_person(), "pull").get(PROJECTS)
    assert refused.status_code == 403
    assert "scope read" in refused.json()["detail"]


def test_a_token_for_one_project_opens_no_other() -> None:
    one, other = a_project(), a_project()
    a_snapshot(one, name="one")
    a_snapshot(other, name="other")
    person = a_person(role="trainer", project=one)
    Membership.objects.create(project=other, user=person, role="trainer")
    client = with_token(person, "read", "pull", projects=[one])
    assert [project["slug"] for project in client.get(PROJECTS).json()["results"]] == [one.slug]
    assert list(client.get("/api/v1/me").json()["roles"]) == [one.slug]
    assert client.get(reverse("api_dataset", args=["one"])).status_code == 200
    assert client.get(reverse("api_dataset", args=["other"])).status_code == 404


def test_pages_follow_each_other_and_miss_nothing() -> None:
    person = a_person()
    for _ in range(5):
        Membership.objects.create(project=a_project(), user=person, role="annotator")
    client = with_token(person, "read")
    found: list[str] = []
    url: str | None = f"{PROJECTS}?limit=2"
    while url:
        page = client.get(url).json()
        found += [project["slug"] for project in page["results"]]
        url = page["next"]
    assert len(found) == len(set(found)) == 5


def test_the_list_takes_a_fixed_number_of_queries(django_assert_num_queries: Any) -> None:
    person = a_person()
    for _ in range(5):
        Membership.objects.create(project=a_project(), user=person, role="annotator")
    client = with_token(person, "read")
    client.get(PROJECTS)  # writes last_used_at
    with django_assert_num_queries(3):  # the token with its person, whether it names projects, the page
        client.get(PROJECTS)


def test_a_session_may_read_and_needs_the_csrf_token_to_write() -> None:
    project = a_project()
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_person(role="admin", project=project))
    assert client.get(PROJECTS).status_code == 200
    refused = client.post(reverse("api_project_datasets", args=[project.slug]), {}, content_type="application/json")
    assert refused.status_code == 403
    assert "CSRF" in refused.json()["detail"]


def test_a_caller_who_asks_too_often_is_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    from annotations.api.throttling import PersonThrottle

    monkeypatch.setattr(PersonThrottle, "rate", "2/min", raising=False)
    client = with_token(a_person(), "read")
    answers = [client.get("/api/v1/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_an_address_that_is_none_is_a_problem_too() -> None:
    refused = Client().get("/api/v1/projects/no slug/problems/")
    assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")
    assert Client().get("/nowhere")["Content-Type"].startswith("text/html")
