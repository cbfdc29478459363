"""Reading by the API: pages, filters, fields, ETags, and what a role may not see."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.api.test_api import with_token
from tests.builders import a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db


def url(name: str, *args: Any) -> str:
    return reverse(name, args=["charts", *args])


@pytest.fixture
def project() -> Any:
    return a_project("charts")


def caller(project: Any, role: str) -> Any:
    return with_token(a_person(f"the-{role}", role=role, project=project), "read", "push")


def keys(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json()
    return [row["key"] for row in answer.json()["results"]]


def all_pages(client: Any, address: str | None) -> list[str]:
    found: list[str] = []
    while address:
        page = client.get(address)
        found += keys(page)
        address = page.json()["next"]
    return found


@pytest.mark.parametrize("name", ["api_problems", "api_responses"])
def test_pages_follow_each_other_both_ways_and_miss_nothing(project: Any, name: str) -> None:
    for _ in range(5):
        a_response(steps=2, project=project)
    client = caller(project, "reviewer")
    forwards = all_pages(client, url(name) + "?limit=2")
    assert len(forwards) == len(set(forwards)) == 5
    assert all_pages(client, url(name) + "?limit=2&order=-position") == forwards[::-1]


def test_critiques_of_one_moment_are_paged_by_their_key(project: Any) -> None:
    response = a_response(steps=2, project=project)  # stored within one transaction: all at the same time
    for _ in range(5):
        a_critique(response, "incorrect", by=a_person(role="annotator", project=project))
    client = caller(project, "reviewer")
    found = all_pages(client, url("api_critiques") + "?limit=2")
    assert len(found) == len(set(found)) == 5
    assert all_pages(client, url("api_critiques") + "?limit=2&order=-stored_at") == found[::-1]


def test_a_record_is_told_in_the_native_form(project: Any) -> None:
    response = a_response(["One.", "Two."], project=project)
    critique = a_critique(response, "incorrect")
    client = caller(project, "reviewer")
    told = client.get(url("api_critique", critique.pk)).json()
    assert (told["response"], told["author"]["kind"], told["latest"]) == (response.key, "critic", True)
    assert [judgment["verdict"] for judgment in told["judgments"]] == ["incorrect", "correct"]
    told = client.get(url("api_response", response.pk)).json()
    assert (told["problem"], told["steps"]) == (
        response.problem.key,
        [{"start": 0, "end": 4}, {"start": 5, "end": 9}],
    )
    assert client.get(url("api_problem", response.problem_id)).json()["key"] == response.problem.key


def test_fields_are_chosen_and_filters_are_those_that_are_named(project: Any) -> None:
    first, second = (a_response(steps=2, project=project) for _ in range(2))
    a_critique(first, "incorrect")
    client = caller(project, "reviewer")
    told = client.get(url("api_responses"), {"fields": "key,answer", "problem": second.problem.key}).json()
    assert told["results"] == [{"key": second.key, "answer": second.answer}]
    assert keys(client.get(url("api_critiques"), {"by": "person", "response": first.key})) == []
    assert len(keys(client.get(url("api_critiques"), {"by": "critic", "latest": "true", "reference": "false"}))) == 1


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [
        ("api_problems", {"project__slug": "x"}, "project__slug"),
        ("api_problems", {"fields": "key,content_hash"}, "fields"),
        ("api_problems", {"order": "question"}, "order"),
        ("api_problems", {"order": "--position"}, "order"),
        ("api_problems", {"after": "1~x"}, "after"),
        ("api_problems", {"after": "\0~0"}, "after"),
        ("api_problems", {"key": "a\0b"}, "key"),
        ("api_critiques", {"by": "robot"}, "by"),
        ("api_critiques", {"latest": "yes"}, "latest"),
        ("api_critiques", {"author__user__password": "x"}, "author__user__password"),
    ],
)
def test_all_else_in_a_query_is_refused_by_name(project: Any, name: str, query: dict[str, str], field: str) -> None:
    refused = caller(project, "reviewer").get(url(name), query)
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_what_a_client_has_is_not_sent_again(project: Any) -> None:
    a_response(steps=2, project=project)
    client = caller(project, "reviewer")
    etag = client.get(url("api_problems"))["ETag"]
    unchanged = client.get(url("api_problems"), headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", etag)
    a_response(steps=2, project=project)
    assert client.get(url("api_problems"), headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(("name", "most"), [("api_problems", 7), ("api_responses", 8), ("api_critiques", 14)])
def test_a_list_takes_a_fixed_number_of_queries(
    project: Any, name: str, most: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        a_critique(a_response(steps=2, project=project), "incorrect")
    client = caller(project, "reviewer")
    client.get(url(name))  # writes last_used_at
    with django_assert_max_num_queries(most):
        client.get(url(name))


def test_an_annotator_sees_no_reference_answer_no_labels_and_no_correction(project: Any) -> None:
    response = a_response(steps=2, problem=a_problem(project, reference_answer="3"))
    client = caller(project, "annotator")
    (problem,) = client.get(url("api_problems")).json()["results"]
    assert problem["reference_answer"] is None
    assert "extra" not in problem
    assert "extra" not in client.get(url("api_response", response.pk)).json()
    project.reference_answer = "always"
    project.save()
    assert client.get(url("api_problems")).json()["results"][0]["reference_answer"] == "3"
    assert caller(project, "reviewer").get(url("api_problems")).json()["results"][0]["reference_answer"] == "3"


def test_an_annotator_sees_others_critiques_only_after_their_own(project: Any) -> None:
    response = a_response(steps=2, project=project)
    by_other = a_critique(response, "incorrect")
    person = a_person("ada", role="annotator", project=project)
    client = with_token(person, "read")
    assert keys(client.get(url("api_critiques"))) == []
    assert client.get(url("api_critique", by_other.pk)).status_code == 404
    a_critique(response, "correct", by=person)
    assert len(keys(client.get(url("api_critiques")))) == 2
    assert client.get(url("api_critique", by_other.pk)).status_code == 200


def test_where_a_chain_is_shown_step_by_step_the_list_does_not_show_it_at_once() -> None:
    project = a_project("charts", step_reveal=True)
    a_response(steps=2, project=project)
    assert keys(caller(project, "annotator").get(url("api_responses"))) == []
    assert len(keys(caller(project, "reviewer").get(url("api_responses")))) == 1


def test_a_trainer_and_a_stranger_do_not_read_here(project: Any) -> None:
    critique = a_critique(a_response(steps=2, project=project), "incorrect")
    assert caller(project, "trainer").get(url("api_critique", critique.pk)).status_code == 403
    assert with_token(a_person(), "read").get(url("api_critique", critique.pk)).status_code == 404
