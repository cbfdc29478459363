"""Imports by the API: queue, follow, cancel."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotations.models import Work
from annotations.verbs import tokens
from tests.annotations.importers.builders import a_problem_record, native
from tests.builders import a_person, a_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def push() -> dict[str, str]:
    """Headers of the admin of `charts`, with the scope push."""
    return headers("push")


def headers(scope: str) -> dict[str, str]:
    person = a_person("ada", role="admin", project=a_project("charts"))
    _, secret = tokens.create_token(person, [scope])
    return {"Authorization": f"Bearer {secret}"}


def post(client: Any, sent: dict[str, str], **fields: Any) -> Any:
    upload = {"file": SimpleUploadedFile("up.jsonl", native(a_problem_record())), "format": "native", **fields}
    return client.post(reverse("api_imports", args=["charts"]), upload, headers=sent)


def test_an_upload_is_accepted_and_can_be_followed(client, push):
    response = post(client, push)
    assert response.status_code == 202
    told = client.get(response["Location"], headers=push).json()
    assert (told["state"], told["format"], told["on_error"], told["result"]) == ("queued", "native", "stop", None)
    assert (told["done"], told["total"]) == (0, len(native(a_problem_record())))


def test_it_can_be_cancelled(client, push):
    work = post(client, push).json()["id"]
    response = client.post(reverse("api_cancel_import", args=["charts", work]), headers=push)
    assert response.json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("fields", "field"), [({"format": "excel"}, "format"), ({"critic": "x"}, "critic"), ({"file": ""}, "file")]
)
def test_a_refusal_names_the_field(client, push, fields, field):
    response = post(client, push, **fields)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Work.objects.exists()


def test_a_token_needs_the_scope_push(client):
    assert post(client, headers("pull")).status_code == 403


def test_an_import_that_needs_a_mapping_proposes_one_and_takes_it(client, push):
    table = SimpleUploadedFile("t.csv", b"question,answer\r\nHow many?,3\r\n")
    told = post(client, push, file=table, format="table").json()
    assert (told["state"], told["waits_for_mapping"]) == ("paused", True)
    url = reverse("api_import_mapping", args=["charts", told["id"]])
    proposal = client.get(url, headers=push).json()
    assert proposal["mapping"]["columns"] == {"question": "question", "answer": "answer"}
    assert proposal["records"][0]["after"]["question"] == "How many?"
    sent = {"mapping": {"columns": {"question": "verse"}}}
    refused = client.post(url, sent, content_type="application/json", headers=push)
    assert [error["field"] for error in refused.json()["errors"]] == ["mapping.columns.question"]
    sent = {"mapping": proposal["mapping"], "save_as": "ours"}
    assert client.post(url, sent, content_type="application/json", headers=push).json()["state"] == "queued"
    assert client.post(url, sent, content_type="application/json", headers=push).status_code == 400
