"""What happened is told to who asked for it: ids alone, signed, tried again, and written down."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.models import LogEntry, Response, Webhook, WebhookAttempt, WebhookDelivery, Work
from annotations.models.webhook import EVENTS
from annotations.verbs import adjudicate, deliver, erase, publish, rules, webhooks, work
from annotations.verbs.submit import submit_critique
from tests.annotations.verbs.test_submit import a_draft, write
from tests.builders import a_critique, a_person, a_project, a_response, an_instance_admin
from tests.receiver import ScriptedReceiver, receiving, says
from workers import runs, steering

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Any) -> Any:
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiving() as held:
        yield held


def a_hook(project: Any, url: str = "https://hooks.example.org/", events: Any = EVENTS) -> tuple[Webhook, str]:
    return webhooks.make_webhook(project, url, events, by=a_person(role="admin", project=project))


def deliver_once() -> Work | None:
    """As a worker would: claim, do, and end what was to be cancelled."""
    claimed, token = work.claim(webhooks.QUEUE, owner="test")
    if not claimed:
        return None
    try:
        deliver.run_delivery(claimed[0], token)
    except work.Cancelled:
        work.finish(claimed[0], token, state="cancelled")
    return Work.objects.get(pk=claimed[0].pk)


def test_a_submitted_critique_is_told_by_ids_alone(receiver: ScriptedReceiver) -> None:
    draft = a_draft()
    _hook, secret = a_hook(draft.project, receiver.url)
    critique = submit_critique(draft.pk, draft.user)
    delivery = WebhookDelivery.objects.get()
    job = deliver_once()
    assert job is not None and (job.state, job.pk) == ("done", delivery.pk)
    ((headers, body),) = receiver.heard
    assert json.loads(body) == {
        "type": "critique.submitted",
        "timestamp": delivery.at.isoformat(),
        "project": draft.project.slug,
        "data": {
            "critique": str(critique.pk),
            "response": str(critique.response_id),
            "revision": 1,
            "stage": "blind",
        },
    }
    assert headers["webhook-id"] == str(delivery.pk)
    signed = f"{delivery.pk}.{headers['webhook-timestamp']}.".encode() + body
    expected = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
    assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60


def test_telling_costs_a_submit_no_further_query() -> None:
    one, other = a_draft(), a_draft()
    a_hook(other.project)
    counts = []
    for draft in (one, other):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            submit_critique(draft.pk, draft.user)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert WebhookDelivery.objects.count() == 1


def test_what_is_rolled_back_is_not_told() -> None:
    draft = a_draft()
    a_hook(draft.project)
    with pytest.raises(RuntimeError), transaction.atomic():
        submit_critique(draft.pk, draft.user)
        raise RuntimeError
    assert not WebhookDelivery.objects.exists()


def test_only_who_listens_hears_and_only_of_their_project() -> None:
    draft = a_draft()
    a_hook(draft.project, events=["version.published"])
    a_hook(a_project())
    off, _ = a_hook(draft.project, events=["critique.submitted"])
    webhooks.change_webhook(off, url=off.url, events=off.events, is_active=False, by=an_instance_admin())
    submit_critique(draft.pk, draft.user)
    assert not WebhookDelivery.objects.exists()


def test_an_adjudication_is_told() -> None:
    project = a_project(overlap=2)
    response = a_response(2, project=project)
    for verdict in ("incorrect", "correct"):
        a_critique(response, verdict, by=a_person(role="annotator", project=project))
    a_hook(project)
    judge = a_person(role="reviewer", project=project)
    draft = adjudicate.begin(response, by=judge)
    write(draft, {"steps.1.verdict": "correct", "steps.2.verdict": "correct", "answer.verdict": "correct"})
    critique = submit_critique(draft.pk, judge)
    told = WebhookDelivery.objects.get()
    assert told.event == "response.adjudicated"
    assert told.data == {"critique": str(critique.pk), "response": str(response.pk)}


def test_a_finished_run_is_told_once() -> None:
    project = a_project()
    a_response(2, project=project)
    run = runs.start_run(runs.critic_named(project, runs.BUILT_IN), Response.objects.filter(project=project))
    a_hook(project)
    assert steering.close_finished() == 0
    Work.objects.filter(group=run.pk).update(state="done", result={})
    assert (steering.close_finished(), steering.close_finished()) == (1, 0)
    told = WebhookDelivery.objects.get()
    assert (told.event, told.data) == ("run.finished", {"run": str(run.pk), "kind": "critique", "state": "done"})


def test_a_published_version_is_told(committed_db: None) -> None:
    project = a_project()
    a_critique(a_response(2, project=project))
    a_hook(project)
    snapshot = publish.publish_here(project, publish.Recipe(name="ours", format="native"))
    told = WebhookDelivery.objects.get()
    assert told.event == "version.published"
    assert told.data == {"dataset": "ours", "version": 1, "format": "native", "rows": snapshot.rows}


def test_a_far_end_that_is_down_is_tried_again_with_growing_pauses_and_at_last_given_up(
    receiver: ScriptedReceiver,
) -> None:
    receiver.answer = says(503, "not now")
    hook, _ = a_hook(a_project(), receiver.url)
    delivery = webhooks.send_test(hook, by=an_instance_admin())
    pauses = []
    for _ in deliver.PAUSES_SECONDS:
        job = deliver_once()
        assert job is not None and (job.state, job.error, job.attempts) == ("paused", "answered 503", 0)
        assert deliver_once() is None, "it waits"
        assert webhooks.wake() == 0, "its pause is not over"
        delivery.refresh_from_db()
        assert delivery.next_attempt_at is not None
        pauses.append(round((delivery.next_attempt_at - timezone.now()).total_seconds()))
        WebhookDelivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        assert (webhooks.wake(), webhooks.wake()) == (1, 0)
    assert pauses == pytest.approx(deliver.PAUSES_SECONDS, abs=5)
    job = deliver_once()
    assert job is not None and (job.state, job.error) == ("failed", "answered 503")
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1
    assert len({body for _, body in receiver.heard}) == 1
    attempts = WebhookAttempt.objects.filter(delivery=delivery)
    assert [(each.status, each.excerpt) for each in attempts] == [(503, "not now")] * (len(pauses) + 1)


def test_a_failed_delivery_is_sent_again_by_hand_under_its_own_id(receiver: ScriptedReceiver) -> None:
    hook, _ = a_hook(a_project(), receiver.url)
    delivery = webhooks.send_test(hook, by=an_instance_admin())
    Work.objects.filter(pk=delivery.pk).update(state="failed", error="answered 500", finished_at=timezone.now())
    WebhookDelivery.objects.update(tries=8)
    webhooks.redeliver(delivery, by=hook.created_by)
    webhooks.redeliver(delivery, by=hook.created_by)  # a second press changes nothing
    job = deliver_once()
    assert job is not None and job.state == "done"
    assert deliver_once() is None
    assert [headers["webhook-id"] for headers, _ in receiver.heard] == [str(delivery.pk)]
    webhooks.redeliver(delivery, by=hook.created_by)
    assert deliver_once() is not None, "what had arrived can be sent again, too"
    assert len(receiver.heard) == 2


def test_a_refused_address_is_written_down_and_nothing_is_sent(receiver: ScriptedReceiver, settings: Any) -> None:
    hook, _ = a_hook(a_project(), receiver.url)
    webhooks.send_test(hook, by=an_instance_admin())
    settings.WEBHOOK_NETWORKS = []
    job = deliver_once()
    assert job is not None and job.state == "paused"
    assert "not a public address" in WebhookAttempt.objects.get().error
    assert not receiver.heard


def test_a_secret_sealed_elsewhere_is_told_not_swallowed(receiver: ScriptedReceiver, settings: Any) -> None:
    hook, _ = a_hook(a_project(), receiver.url)
    webhooks.send_test(hook, by=an_instance_admin())
    settings.ENDPOINT_SECRET = "another machine's"
    job = deliver_once()
    assert job is not None and "ENDPOINT_SECRET" in job.error
    assert not receiver.heard


def test_a_removed_hook_hears_nothing_more_and_cannot_be_sent_to(receiver: ScriptedReceiver) -> None:
    hook, _ = a_hook(a_project(), receiver.url)
    waiting, held = (webhooks.send_test(hook, by=an_instance_admin(f"root{n}")) for n in range(2))
    webhooks.stop(held, by=hook.created_by)
    webhooks.remove_webhook(hook, by=hook.created_by)
    assert set(Work.objects.values_list("state", flat=True)) == {"cancelled"}
    hook.refresh_from_db()
    assert hook.sealed_secret == ""
    waiting = WebhookDelivery.objects.select_related("hook__project").get(pk=waiting.pk)
    with pytest.raises(ValidationError, match="removed"):
        webhooks.redeliver(waiting, by=hook.created_by)
    assert not receiver.heard


def test_a_new_secret_signs_at_once(receiver: ScriptedReceiver) -> None:
    hook, first = a_hook(a_project(), receiver.url)
    second = webhooks.new_secret(hook, by=hook.created_by)
    webhooks.send_test(hook, by=hook.created_by)
    deliver_once()
    ((headers, body),) = receiver.heard
    id, at = headers["webhook-id"], int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == deliver.signature(second, id, at, body)
    assert headers["webhook-signature"] != deliver.signature(first, id, at, body)


def test_only_admins_of_the_project_may_and_it_is_logged_without_the_secret() -> None:
    project = a_project()
    for role in ("reviewer", "annotator", "trainer"):
        with pytest.raises(PermissionDenied):
            webhooks.make_webhook(project, "https://x.example/", EVENTS, by=a_person(role=role, project=project))
    hook, secret = a_hook(project)
    line = LogEntry.objects.get(verb="make_webhook")
    assert line.target == hook.url
    stored = [str(row) for model in (Webhook, LogEntry) for row in model.objects.values_list()]
    assert not any(secret in text or secret.removeprefix("whsec_") in text for text in stored)


@pytest.mark.parametrize(
    ("url", "events", "field"),
    [
        ("http://127.0.0.1/", EVENTS, "url"),
        ("https://x.example/", [], "events"),
        ("https://x.example/", ["no"], "events"),
    ],
)
def test_what_cannot_be_one_is_refused_by_field(url: str, events: Any, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        a_hook(a_project(), url, events)
    assert set(refused.value.error_dict) == {field}


def test_a_project_has_a_bounded_number() -> None:
    project = a_project()
    for _ in range(webhooks.MOST):
        a_hook(project)
    with pytest.raises(ValidationError, match="at most 20"):
        a_hook(project)


def test_attempts_cannot_be_changed(receiver: ScriptedReceiver) -> None:
    hook, _ = a_hook(a_project(), receiver.url)
    webhooks.send_test(hook, by=hook.created_by)
    deliver_once()
    with pytest.raises(DatabaseError), transaction.atomic():
        WebhookAttempt.objects.update(status=500)


def test_they_go_with_their_project(receiver: ScriptedReceiver) -> None:
    root = an_instance_admin()
    project = rules.create_project("gone", "Gone", by=root)
    hook, _ = a_hook(project, receiver.url)
    webhooks.send_test(hook, by=root)
    deliver_once()
    erase.erase_project(project, by=root, confirm_slug="gone")
    assert not Webhook.objects.exists() and not WebhookAttempt.objects.exists()
