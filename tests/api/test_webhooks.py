"""Webhooks by the API: made with the secret told once, listed, changed, their deliveries paged, sent again, removed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Webhook, Work
from annotations.verbs import tokens, webhooks
from tests.builders import a_person, a_project

pytestmark = pytest.mark.django_db
GIVEN = {"url": "https://hooks.example.org/", "events": ["run.finished"]}


@pytest.fixture
def admin() -> Any:
    return a_person(role="admin", project=a_project("charts"))


def call(admin: Any, method: str, name: str, *args: Any, body: Any = None, scopes: Any = ("read", "push")) -> Any:
    _, secret = tokens.create_token(admin, scopes)
    url = reverse(name, args=["charts", *args])
    headers = {"authorization": f"Bearer {secret}"}
    sent = json.dumps(body) if body is not None else ""
    return Client().generic(method, url, data=sent, content_type="application/json", headers=headers)


def test_from_making_to_removing(admin: Any) -> None:
    made = call(admin, "POST", "api_webhooks", body=GIVEN)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    id = made.json()["id"]
    (listed,) = call(admin, "GET", "api_webhooks").json()["results"]
    assert listed == {key: value for key, value in made.json().items() if key != "secret"}
    changed = call(admin, "PUT", "api_webhook", id, body=GIVEN | {"is_active": False})
    assert changed.json()["is_active"] is False
    hook = Webhook.objects.get()
    for _ in range(3):
        webhooks.send_test(hook, by=admin)
    page = call(admin, "GET", "api_deliveries", id).json()
    assert [row["state"] for row in page["results"]] == ["queued"] * 3
    Work.objects.update(state="failed")
    again = call(admin, "POST", "api_redeliver", page["results"][0]["id"])
    assert again.status_code == 202
    assert Work.objects.filter(state="queued").count() == 1
    assert call(admin, "DELETE", "api_webhook", id).status_code == 200
    assert call(admin, "GET", "api_webhook", id).status_code == 404


def test_what_is_wrong_is_told_by_field(admin: Any) -> None:
    for body, field in (
        (GIVEN | {"url": "http://169.254.169.254/"}, "url"),
        (GIVEN | {"events": ["nothing"]}, "events.0"),
        ({"events": GIVEN["events"]}, "url"),
    ):
        refused = call(admin, "POST", "api_webhooks", body=body)
        assert refused.status_code == 400
        assert [each["field"] for each in refused.json()["errors"]] == [field]


def test_a_token_without_push_makes_none(admin: Any) -> None:
    assert call(admin, "POST", "api_webhooks", body=GIVEN, scopes=["read"]).status_code == 403
    assert not Webhook.objects.exists()
