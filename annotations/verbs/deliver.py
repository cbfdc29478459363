"""Delivering an event: signed, logged, and tried again with growing pauses.

Signed as Standard Webhooks says (standardwebhooks.com): `webhook-id`, `webhook-timestamp`, and in `webhook-signature`
"v1," with the base64 of HMAC-SHA256 over "id.timestamp.body". A worker that is killed between sending and storing
sends again: the id tells a receiver that it is the same.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from annotations.models import WebhookAttempt, WebhookDelivery, Work
from annotations.verbs import work
from annotations.verbs.lease import Lease
from annotations.verbs.outward import Answer, post
from annotations.verbs.sealed import Sealed, unseal
from annotations.verbs.webhooks import PREFIX

PAUSES_SECONDS = (5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600)  # after the first try, the second …; then it has failed
EXCERPT_LENGTH = 1000  # characters


def run_delivery(job: Work, token: UUID) -> None:
    """Does claimed work: one try. Raises LostLease, and Cancelled where somebody asked for that or the hook is gone."""
    delivery = WebhookDelivery.objects.select_related("hook__project").get(pk=job.pk)
    if delivery.hook.removed_at is not None or not delivery.hook.is_active:
        raise work.Cancelled("the webhook is removed or switched off")
    with Lease(job, token) as lease:
        answer = _send(delivery)
        lease.check()
    with transaction.atomic():
        WebhookAttempt.objects.create(
            delivery=delivery,
            status=answer.status,
            seconds=round(answer.seconds, 3),
            excerpt=answer.excerpt[:EXCERPT_LENGTH],
            error=answer.error,
        )
        tries = delivery.tries + 1
        if answer.is_good:
            work.finish(job, token, result={"status": answer.status})
        elif tries > len(PAUSES_SECONDS):
            work.finish(job, token, state="failed", error=_why(answer))
        else:
            work.put_aside(job, token, error=_why(answer))
            pause = timedelta(seconds=PAUSES_SECONDS[tries - 1])
            WebhookDelivery.objects.filter(pk=job.pk).update(next_attempt_at=Now() + pause)
        WebhookDelivery.objects.filter(pk=job.pk).update(tries=tries)


def body_of(delivery: WebhookDelivery) -> bytes:
    """The same bytes at each try."""
    told = {
        "type": delivery.event,
        "timestamp": delivery.at.isoformat(),
        "project": delivery.hook.project.slug,
        "data": delivery.data,
    }
    return json.dumps(told, separators=(",", ":")).encode()


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """secret: as it was shown, `whsec_` and base64; timestamp: Unix seconds."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    mac = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def _send(delivery: WebhookDelivery) -> Answer:
    try:
        secret = unseal(delivery.hook.sealed_secret)
    except Sealed as sealed:
        return Answer(None, 0.0, error=f"not sent: the secret cannot be read, since {sealed}; make a new one")
    id, now, body = str(delivery.pk), int(time.time()), body_of(delivery)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Second-Look",
        "webhook-id": id,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, id, now, body),
    }
    return post(delivery.hook.url, body, headers, allowed=settings.WEBHOOK_NETWORKS)


def _why(answer: Answer) -> str:
    return answer.error or f"answered {answer.status}"
