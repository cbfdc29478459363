"""The snippet of docs/trainer.md that checks a webhook takes what is sent here, and nothing that was touched."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from annotations.models.webhook import EVENTS
from annotations.verbs import deliver, webhooks, work
from tests.builders import a_person, a_project
from tests.receiver import receiving

PAGE = Path(__file__).resolve().parents[2] / "docs/trainer.md"


def is_genuine() -> Callable[..., bool]:
    (block,) = (each for each in re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.S | re.M) if "hmac" in each)
    names: dict[str, Any] = {}
    exec(block, names)
    return names["is_genuine"]


@pytest.mark.django_db
def test_it_takes_what_is_sent_and_refuses_what_was_touched(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    project = a_project()
    with receiving() as receiver:
        hook, secret = webhooks.make_webhook(project, receiver.url, EVENTS, by=a_person(role="admin", project=project))
        webhooks.send_test(hook, by=hook.created_by)
        (job,), token = work.claim(webhooks.QUEUE, owner="test")
        deliver.run_delivery(job, token)
        ((headers, body),) = receiver.heard
    check = is_genuine()
    assert check(secret, headers, body)
    assert not check(secret, headers, body + b" ")
    assert not check("whsec_" + base64.b64encode(b"x" * 32).decode(), headers, body)
    assert not check(secret, headers | {"webhook-id": "another"}, body)


def test_it_refuses_what_is_old() -> None:
    secret, body = "whsec_" + base64.b64encode(b"k" * 32).decode(), b"{}"
    for seconds, expected in ((0, True), (299, True), (301, False)):
        at = int(time.time()) - seconds
        headers = {
            "webhook-id": "1",
            "webhook-timestamp": str(at),
            "webhook-signature": deliver.signature(secret, "1", at, body),
        }
        assert is_genuine()(secret, headers, body) is expected
