"""The pages of webhooks: a secret is shown once, deliveries with what came of them, and what can be done to them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.models import Webhook, WebhookAttempt, WebhookDelivery, Work
from annotations.verbs import webhooks
from tests.builders import a_person, a_project

pytestmark = pytest.mark.django_db
GIVEN = {"url": "https://hooks.example.org/second-look", "events": ["critique.submitted", "run.finished"]}


@pytest.fixture
def admin(client: Client) -> Any:
    project = a_project("charts")
    person = a_person(role="admin", project=project)
    client.force_login(person)
    person.project = project
    return person


def a_delivery(hook: Webhook, *, state: str = "failed", status: int | None = 500) -> WebhookDelivery:
    delivery = webhooks.send_test(hook, by=hook.created_by)
    WebhookAttempt.objects.create(delivery=delivery, status=status, seconds=0.25, excerpt="<b>no</b>", error="why not")
    Work.objects.filter(pk=delivery.pk).update(state=state)
    return delivery


def test_a_secret_is_shown_once(client: Client, admin: Any) -> None:
    made = client.post(reverse("webhooks", args=["charts"]), GIVEN)
    hook = Webhook.objects.get()
    shown = re.findall(r"whsec_[\w+/]+=*", made.content.decode())
    assert len(shown) == 1 and "no-store" in made["Cache-Control"]
    for page in (
        client.get(reverse("webhooks", args=["charts"])),
        client.get(reverse("webhook", args=["charts", hook.pk])),
    ):
        assert GIVEN["url"] in page.content.decode()
        assert "whsec_" not in page.content.decode()
    again = client.post(reverse("webhook_secret", args=["charts", hook.pk])).content.decode()
    assert re.findall(r"whsec_[\w+/]+=*", again) not in ([], shown)


def test_an_inner_address_is_told_at_its_field(client: Client, admin: Any) -> None:
    page = client.post(reverse("webhooks", args=["charts"]), GIVEN | {"url": "http://10.0.0.7/"})
    assert page.status_code == 400
    assert "url" in page.context["form"].errors and "WEBHOOK_NETWORKS" in page.content.decode()
    assert not Webhook.objects.exists()


def test_deliveries_stand_with_their_attempts_escaped_and_cost_a_fixed_number_of_queries(
    client: Client, admin: Any
) -> None:
    hook, _ = webhooks.make_webhook(admin.project, **GIVEN, by=admin)
    url = reverse("webhook", args=["charts", hook.pk])
    counts = []
    for _ in range(3):
        a_delivery(hook)
        with CaptureQueriesContext(connection) as asked:
            page = client.get(url).content.decode()
        counts.append(len(asked))
    assert len(set(counts)) == 1 and counts[0] <= 12
    assert page.count("why not") == 3
    assert "&lt;b&gt;no&lt;/b&gt;" in page and "<b>no</b>" not in page
    for _ in range(30):
        a_delivery(hook)
    assert client.get(url).content.decode().count("why not") == 30


def test_a_delivery_is_sent_again_or_stopped_by_a_button(client: Client, admin: Any) -> None:
    hook, _ = webhooks.make_webhook(admin.project, **GIVEN, by=admin)
    failed, waits = a_delivery(hook), a_delivery(hook, state="paused")
    page = client.get(reverse("webhook", args=["charts", hook.pk])).content.decode()
    again, stop = reverse("redeliver", args=["charts", failed.pk]), reverse("stop_delivery", args=["charts", waits.pk])
    assert again in page and stop in page
    client.post(again)
    client.post(stop)
    assert dict(Work.objects.values_list("pk", "state")) == {failed.pk: "queued", waits.pk: "cancelled"}


def test_it_is_changed_tested_and_removed(client: Client, admin: Any) -> None:
    hook, _ = webhooks.make_webhook(admin.project, **GIVEN, by=admin)
    url = reverse("webhook", args=["charts", hook.pk])
    client.post(url, {"url": "https://other.example/", "events": ["version.published"]})
    hook.refresh_from_db()
    assert (hook.url, hook.events, hook.is_active) == ("https://other.example/", ["version.published"], False)
    client.post(reverse("test_webhook", args=["charts", hook.pk]))
    assert WebhookDelivery.objects.get().event == "test"
    client.post(reverse("remove_webhook", args=["charts", hook.pk]))
    assert client.get(url).status_code == 404
    assert Work.objects.get().state == "cancelled"


def test_another_projects_hook_and_delivery_are_not_there(client: Client, admin: Any) -> None:
    other = a_project("other")
    hook, _ = webhooks.make_webhook(other, **GIVEN, by=a_person(role="admin", project=other))
    delivery = a_delivery(hook)
    assert client.get(reverse("webhook", args=["charts", hook.pk])).status_code == 404
    assert client.post(reverse("redeliver", args=["charts", delivery.pk])).status_code == 404
    assert Work.objects.get().state == "failed"


def test_settings_lead_there(client: Client, admin: Any) -> None:
    assert (
        reverse("webhooks", args=["charts"])
        in client.get(reverse("project_settings", args=["charts"])).content.decode()
    )
