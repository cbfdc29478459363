"""Pushing by the API: bulk, idempotent by the client's key, each record by itself."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.urls import reverse

from annotations.models import Critique, LogEntry, Problem, Response, Slot
from tests.api.test_api import with_token
from tests.builders import a_person, a_project, png

pytestmark = pytest.mark.django_db

PROBLEM = {"key": "p1", "question": "How many?"}
RESPONSE = {"key": "r1", "problem": "p1", "source_text": "One.\n\nTwo.", "generator": "m", "checkpoint": "step-100"}
CRITIQUE = {
    "key": "c1",
    "response": "r1",
    "author": {"kind": "critic", "name": "m", "model": "m"},
    "judgments": [{"step": 1, "verdict": "correct"}, {"step": 2, "verdict": "incorrect", "origin_unknown": True}],
}


@pytest.fixture
def client() -> Any:
    return with_token(a_person(role="admin", project=a_project("charts")), "push")


def send(client: Any, kind: str, *records: Any) -> Any:
    url = reverse(f"api_{kind}", args=["charts"])
    return client.post(url, json.dumps({"records": records}), content_type="application/json")


def states(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["status"] for row in answer.json()["results"]]


def test_a_generator_sends_problem_response_and_critique(client: Any) -> None:
    for kind, record in (("problems", PROBLEM), ("responses", RESPONSE), ("critiques", CRITIQUE)):
        answer = send(client, kind, record)
        assert states(answer) == ["added"]
        assert answer.json()["counts"] == {"added": 1, "already_there": 0, "refused": 0}
    assert Response.objects.get().step_count == 2
    assert Slot.objects.count() == 1  # people are asked for it
    assert Critique.objects.get().response.key == "r1"
    assert LogEntry.objects.filter(verb="push").count() == 3


def test_the_same_again_changes_nothing_and_other_content_is_refused(client: Any) -> None:
    for kind, record in (("problems", PROBLEM), ("responses", RESPONSE), ("critiques", CRITIQUE)):
        assert states(send(client, kind, record, record)) == ["added", "already_there"]
        assert states(send(client, kind, record)) == ["already_there"]
    assert states(send(client, "problems", {**PROBLEM, "question": "Why?"})) == ["refused"]
    assert states(send(client, "responses", {**RESPONSE, "source_text": "Three."})) == ["refused"]
    refused = send(client, "critiques", {**CRITIQUE, "comment": "Hm."})
    assert refused.json()["results"][0]["errors"][0]["field"] == "key"
    assert (Problem.objects.count(), Response.objects.count(), Critique.objects.count()) == (1, 1, 1)


def test_a_critique_without_a_key_is_known_by_its_content(client: Any) -> None:
    send(client, "problems", PROBLEM)
    send(client, "responses", RESPONSE)
    bare = {name: value for name, value in CRITIQUE.items() if name != "key"}
    assert states(send(client, "critiques", bare)) == ["added"]
    assert states(send(client, "critiques", bare)) == ["already_there"]


def test_each_record_lands_or_is_refused_by_itself(client: Any) -> None:
    answer = send(
        client, "problems", PROBLEM, {"key": "p2"}, "text", {**PROBLEM, "key": "p3", "colour": 1},
        {**PROBLEM, "key": "p4", "question": "\0"}, {**PROBLEM, "key": "p5"},
    )  # fmt: skip
    assert states(answer) == ["added", "refused", "refused", "refused", "refused", "added"]
    fields = [[error["field"] for error in row["errors"]] for row in answer.json()["results"]]
    assert fields == [[], ["question"], [""], ["colour"], ["question"], []]


def test_what_hangs_on_nothing_or_does_not_fit_names_the_field(client: Any) -> None:
    send(client, "problems", PROBLEM)
    send(client, "responses", RESPONSE)
    (row,) = send(client, "responses", {**RESPONSE, "problem": "other"}).json()["results"]
    assert row["errors"][0]["field"] == "problem"
    short = {**CRITIQUE, "key": "c2", "judgments": [{"step": 1, "verdict": "correct"}]}
    (row,) = send(client, "critiques", short).json()["results"]
    assert row["errors"][0]["field"] == "judgments"
    loose = {**CRITIQUE, "key": "c3", "response": 5}
    assert send(client, "critiques", loose).json()["results"][0]["errors"][0]["field"] == "response"


def test_images_come_inside_and_problems_with_them_take_responses(client: Any) -> None:
    problem = {**PROBLEM, "images": [{"base64": base64.b64encode(png()).decode(), "description": "Bars"}]}
    assert states(send(client, "problems", problem)) == ["added"]
    assert states(send(client, "responses", RESPONSE)) == ["added"]
    assert states(send(client, "critiques", CRITIQUE)) == ["added"]
    bad = {**PROBLEM, "key": "p2", "images": [{"base64": base64.b64encode(b"no image").decode()}]}
    assert send(client, "problems", bad).json()["results"][0]["errors"][0]["field"] == "images.0"


def test_how_much_at_once_is_bounded(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert send(client, "problems", *[PROBLEM] * 1001).status_code == 400
    assert send(client, "problems").status_code == 400
    from annotations.api import parsers

    monkeypatch.setattr(parsers, "MAX_BODY_BYTES", 10)
    assert send(client, "problems", PROBLEM).status_code == 413


def test_json_that_is_too_deep_is_refused(client: Any) -> None:
    url = reverse("api_problems", args=["charts"])
    deep = '{"records": [' + "[" * 100_000 + "]" * 100_000 + "]}"
    assert client.post(url, deep, content_type="application/json").status_code == 400


def test_only_who_may_import_may_push() -> None:
    project = a_project("charts")
    assert send(with_token(a_person(role="reviewer", project=project), "push"), "problems", PROBLEM).status_code == 403
    assert send(with_token(a_person(role="admin", project=project), "read"), "problems", PROBLEM).status_code == 403
