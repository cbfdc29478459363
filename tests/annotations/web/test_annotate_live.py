"""What the page's scripts ask for: signs of life, changes of other tabs, the item after this one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotations.models import Assignment, Critique, Draft, Judgment
from annotations.verbs import assign
from annotations.verbs.returning import left_draft
from tests.annotations.web.test_annotate import ann, logged_in, opened, project, save, submit, url_of
from tests.builders import a_person, a_problem, a_response

__all__ = ["ann", "project"]
pytestmark = pytest.mark.django_db


def beat(client: Client, draft: Draft, since: int = 0) -> dict[str, Any]:
    body = json.dumps({"since": since})
    return client.post(url_of("annotate_heartbeat", draft), body, content_type="application/json").json()


def let_the_lease_run_out(person: Any) -> None:
    Assignment.objects.filter(user=person, state="held").update(expires_at=timezone.now() - timedelta(seconds=1))


def judge_all(client: Client, draft: Draft) -> None:
    verdicts = [{"path": f"steps.{step}.verdict", "value": "correct"} for step in (1, 2, 3)]
    assert save(client, draft, *verdicts, {"path": "answer.verdict", "value": "correct"}).status_code == 200


def test_a_sign_of_life_keeps_the_item(ann: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    assert beat(client, draft) == {
        "held": True,
        "was_lost": False,
        "version": 0,
        "segmentation": 1,
        "changes": [],
    }


def test_who_comes_back_in_time_gets_the_item_again_and_is_told(ann: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    let_the_lease_run_out(ann)
    assign.expire_leases(draft.project)
    told = beat(client, draft)
    assert (told["held"], told["was_lost"]) == (True, True)
    assert Assignment.objects.get(state="held").strategy == "returned"


def test_who_comes_back_too_late_keeps_the_draft_and_is_told(ann: Any, project: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    save(client, draft, {"path": "comment", "value": "Half a thought"})
    let_the_lease_run_out(ann)
    assert assign.next_assignment(a_person(role="annotator", project=project), project)
    assert beat(client, draft)["held"] is False
    page = client.get("/p/pilot/annotate").content.decode()
    assert "somebody else has taken it" in page
    assert str(draft.pk) in page
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_a_page_that_is_opened_again_after_the_lease_says_so_once(ann: Any, project: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    save(client, draft, {"path": "comment", "value": "Half a thought"})
    let_the_lease_run_out(ann)
    assert "it is yours again" in client.get("/p/pilot/annotate").content.decode()
    assert "it is yours again" not in client.get("/p/pilot/annotate").content.decode()


def test_who_worked_on_since_is_told_of_no_item_left_long_ago(ann: Any, project: Any) -> None:
    a_response(3, problem=a_problem(project))
    client = logged_in(ann)
    draft = opened(client)
    save(client, draft, {"path": "comment", "value": "Half a thought"})
    let_the_lease_run_out(ann)
    other = a_person(role="annotator", project=project)
    assert assign.next_assignment(other, project).response_id == draft.response_id
    following = assign.next_assignment(ann, project)
    assert left_draft(ann, project, following) == draft
    Assignment.objects.filter(pk=following.pk).update(state="released")
    assert left_draft(ann, project, None) is None


def test_what_another_tab_wrote_comes_with_the_next_sign_of_life_and_with_the_next_save(ann: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    save(client, draft, {"path": "comment", "value": "From A", "client": "tab-a"})
    change = {"path": "comment", "value": "From A", "version": 1, "client": "tab-a"}
    assert beat(client, draft)["changes"] == [change]
    assert beat(client, draft, since=1)["changes"] == []
    edit = {"path": "steps.1.verdict", "value": "correct", "base_version": 0, "client": "tab-b", "number": 1}
    reply = client.post(
        url_of("annotate_edits", draft), json.dumps({"edits": [edit], "since": 0}), content_type="application/json"
    )
    assert change in reply.json()["changes"]


def test_the_item_after_this_one_is_given_ahead_and_comes_next(ann: Any, project: Any) -> None:
    second = a_response(3, problem=a_problem(project))
    client = logged_in(ann)
    draft = opened(client)
    ahead = client.post(url_of("annotate_ahead", draft)).json()
    assert Draft.objects.get(pk=ahead["draft"]).response == second
    assert client.get(ahead["url"]).status_code == 200
    judge_all(client, draft)
    began = timezone.now()
    assert submit(client, draft).json()["next"] == ahead
    assert Draft.objects.get().created_at >= began  # the critique of it starts now


def test_nothing_of_a_page_is_taken_once_somebody_else_has_logged_in(ann: Any, project: Any) -> None:
    draft = opened(logged_in(ann))
    ben = logged_in(a_person("ben", role="annotator", project=project))
    for name in ("annotate_edits", "annotate_heartbeat", "annotate_ahead", "annotate_submit"):
        reply = ben.post(url_of(name, draft), "{}", content_type="application/json", headers={"X-Person": str(ann.pk)})
        assert (reply.status_code, reply.json()["somebody_else"]) == (409, "ben")
    assert not Critique.objects.exists()


@pytest.mark.parametrize("body", ["[", "7", '{"since": -1}', '{"since": "x"}'])
def test_a_sign_of_life_that_makes_no_sense_is_refused(ann: Any, body: str) -> None:
    client = logged_in(ann)
    draft = opened(client)
    assert client.post(url_of("annotate_heartbeat", draft), body, content_type="application/json").status_code == 400


def test_saving_submitting_and_the_next_item_cost_a_fixed_number_of_queries(
    ann: Any, project: Any, django_assert_max_num_queries: Any
) -> None:
    a_response(12, problem=a_problem(project, images=2))
    client = logged_in(ann)
    draft = opened(client)
    with django_assert_max_num_queries(12):
        judge_all(client, draft)
    with django_assert_max_num_queries(12):
        beat(client, draft)
    with django_assert_max_num_queries(20):
        client.post(url_of("annotate_ahead", draft))
    with django_assert_max_num_queries(60):
        submit(client, draft)


def test_the_last_edits_come_along_with_the_submit(ann: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    judge_all(client, draft)
    spent = {"path": "steps.3.seconds", "value": 4.5, "base_version": 0, "client": "tab-a", "number": 90}
    assert submit(client, draft, spent).status_code == 200
    assert Judgment.objects.get(number=3).active_seconds == 4.5
    again = submit(client, draft, spent)  # its answer was lost on the way
    assert (again.status_code, Critique.objects.count()) == (200, 1)


def test_a_submit_with_an_edit_that_makes_no_sense_submits_nothing(ann: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    judge_all(client, draft)
    edit = {"path": "steps.3.seconds", "value": "long", "base_version": 0, "client": "tab-a", "number": 90}
    reply = submit(client, draft, edit)
    assert (reply.status_code, reply.json()["field"]) == (400, "steps.3.seconds")
    assert Draft.objects.filter(pk=draft.pk).exists() and not Critique.objects.exists()
