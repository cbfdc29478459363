"""A delivery outlives its worker: killed in the middle of an answer, the next one sends it, under the same id."""

from __future__ import annotations

import signal
import threading
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from annotations.models import WebhookAttempt, Work
from annotations.models.webhook import EVENTS
from annotations.verbs import webhooks
from tests.builders import a_person, a_project
from tests.faults.processes import wait_until, workers
from tests.receiver import receiving, says

ALLOWED = "127.0.0.0/8"


def test_a_worker_killed_while_it_sends_loses_nothing(committed_db: None, tmp_path: Path, settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = [ip_network(ALLOWED)]
    project = a_project()
    admin = a_person(role="admin", project=project)
    over = threading.Event()

    def hang(request: BaseHTTPRequestHandler) -> None:
        over.wait(60)

    with receiving(hang) as receiver:
        hook, _ = webhooks.make_webhook(project, receiver.url, EVENTS, by=admin)
        delivery = webhooks.send_test(hook, by=admin)
        with workers(tmp_path, "first", queues="io", environment={"WEBHOOK_NETWORKS": ALLOWED}) as (first,):
            wait_until(lambda: receiver.heard, "the first worker sends")
            first.signal(signal.SIGKILL)
            first.process.wait()
        receiver.answer = says(200, "thanks")
        over.set()
        assert Work.objects.get(pk=delivery.pk).state == "running"
        with workers(tmp_path, "second", queues="io", environment={"WEBHOOK_NETWORKS": ALLOWED}):
            wait_until(lambda: Work.objects.filter(pk=delivery.pk, state="done").exists(), "the second delivers")
        assert {headers["webhook-id"] for headers, _ in receiver.heard} == {str(delivery.pk)}
        assert len(receiver.heard) == 2
        assert WebhookAttempt.objects.get().status == 200


def test_a_far_end_that_comes_back_is_reached_without_anybody_doing_anything(
    committed_db: None, tmp_path: Path, settings: Any
) -> None:
    settings.WEBHOOK_NETWORKS = [ip_network(ALLOWED)]
    project = a_project()
    admin = a_person(role="admin", project=project)
    with receiving(says(502)) as receiver:
        hook, _ = webhooks.make_webhook(project, receiver.url, EVENTS, by=admin)
        delivery = webhooks.send_test(hook, by=admin)
        with workers(tmp_path, "w", queues="io", environment={"WEBHOOK_NETWORKS": ALLOWED}):
            wait_until(lambda: Work.objects.filter(pk=delivery.pk, state="paused").exists(), "it waits")
            receiver.answer = says(204)
            wait_until(lambda: Work.objects.filter(pk=delivery.pk, state="done").exists(), "it is tried again")
        assert list(WebhookAttempt.objects.values_list("status", flat=True)) == [502, 204]
