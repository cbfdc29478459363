"""Webhooks of a project: made, changed and removed here; what happened becomes a delivery for each that listens.

`announce` runs in the transaction of what it tells of, as one statement, so that a delivery exists exactly when the
thing does. What is told are ids: whoever may read more asks the API for it, under their own role.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotations.models import Project, Webhook, WebhookDelivery, Work
from annotations.models.webhook import EVENTS, TEST_EVENT
from annotations.verbs import log, work
from annotations.verbs.outward import Refused, check_url
from annotations.verbs.permissions import require
from annotations.verbs.sealed import seal

KIND = "deliver"
QUEUE = "io:hooks"  # beside imports and publications, so that no long one holds it up
PREFIX = "whsec_"
SECRET_BYTES = 32
MOST = 20  # hooks of a project

# For whoever has a statement of their own to put it into, so that it costs no round trip: `submit`.
ANNOUNCE = """
hooks AS (
    SELECT id, project_id, gen_random_uuid() AS work FROM annotations_webhook
    WHERE project_id = %(project)s AND removed_at IS NULL AND is_active AND %(event)s::text = ANY(events)
), hook_work AS (
    INSERT INTO annotations_work (id, project_id, kind, queue, priority, state, parameters, error, attempts,
        cancel_requested, done, unit, lease_owner)
    SELECT work, project_id, 'deliver', 'io:hooks', 0, 'queued', '{}', '', 0, false, 0, '', '' FROM hooks
), deliveries AS (
    INSERT INTO annotations_webhookdelivery (work_id, hook_id, event, data, tries)
    SELECT work, id, %(event)s::text, %(told)s::jsonb, 0 FROM hooks RETURNING work_id
)"""

_ANNOUNCE_ALONE = "WITH " + ANNOUNCE + " SELECT count(*) FROM deliveries"  # noqa: S608  constants of this module


def announce(event: str, project_id: Any, data: dict[str, Any]) -> None:
    """A delivery for each hook of the project that listens. Call in the transaction of what happened."""
    with connection.cursor() as cursor:
        asked = {"project": project_id, "event": event, "told": json.dumps(data)}
        cursor.execute(_ANNOUNCE_ALONE, asked)
        (queued,) = cursor.fetchone()
    if queued:
        work.nudge(QUEUE)


@transaction.atomic
def make_webhook(project: Project, url: str, events: Collection[str], *, by: Any) -> tuple[Webhook, str]:
    """The hook and its secret, which nobody can read again. Raises PermissionDenied and ValidationError by field."""
    require(by, "manage_webhooks", project)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if hooks_of(project).count() >= MOST:
        raise ValidationError(_("A project has at most %(most)s webhooks. Remove one first.") % {"most": MOST})
    secret = _new_secret()
    hook = Webhook.objects.create(
        project=project,
        url=_checked(url),
        events=_known(events),
        sealed_secret=seal(secret),
        created_by=by,
    )
    log.record("make_webhook", by=by, project=project, target=hook.url, after={"events": hook.events})
    return hook, secret


@transaction.atomic
def change_webhook(hook: Webhook, *, url: str, events: Collection[str], is_active: bool, by: Any) -> None:
    """Raises PermissionDenied and ValidationError by field."""
    require(by, "manage_webhooks", hook.project)
    held = Webhook.objects.select_for_update().get(pk=hook.pk)
    before = _told(held)
    held.url, held.events, held.is_active = _checked(url), _known(events), is_active
    held.save(update_fields=["url", "events", "is_active"])
    if (after := _told(held)) != before:
        log.record("change_webhook", by=by, project=hook.project, target=held.url, before=before, after=after)


@transaction.atomic
def new_secret(hook: Webhook, *, by: Any) -> str:
    """Signs from now on; the one before holds no longer."""
    require(by, "manage_webhooks", hook.project)
    secret = _new_secret()
    Webhook.objects.filter(pk=hook.pk).update(sealed_secret=seal(secret))
    log.record("change_webhook_secret", by=by, project=hook.project, target=hook.url)
    return secret


@transaction.atomic
def remove_webhook(hook: Webhook, *, by: Any) -> None:
    """What still waits is cancelled; the log of what was sent stays in the database."""
    require(by, "manage_webhooks", hook.project)
    if Webhook.objects.filter(pk=hook.pk, removed_at=None).update(removed_at=Now(), sealed_secret=""):
        waiting = Work.objects.filter(delivery__hook=hook, state__in=["queued", "paused"])
        waiting.update(state="cancelled", cancel_requested=True, finished_at=Now())
        log.record("remove_webhook", by=by, project=hook.project, target=hook.url)


@transaction.atomic
def send_test(hook: Webhook, *, by: Any) -> WebhookDelivery:
    """An event that tells of nothing, to see whether it arrives."""
    require(by, "manage_webhooks", hook.project)
    job = work.enqueue(KIND, queue=QUEUE, project=hook.project, by=by)
    return WebhookDelivery.objects.create(work=job, hook=hook, event=TEST_EVENT, data={})


@transaction.atomic
def redeliver(delivery: WebhookDelivery, *, by: Any) -> None:
    """Sends it again, under the same id, from the first try on. What waits for its next try goes now."""
    require(by, "manage_webhooks", delivery.hook.project)
    if delivery.hook.removed_at is not None:
        raise ValidationError(_("This webhook is removed: nothing is sent to it any more."))
    changed = Work.objects.filter(pk=delivery.pk, state__in=["done", "failed", "cancelled", "paused"]).update(
        state="queued", attempts=0, cancel_requested=False, error="", finished_at=None
    )
    if changed:
        WebhookDelivery.objects.filter(pk=delivery.pk).update(tries=0, next_attempt_at=None)
        log.record("redeliver", by=by, project=delivery.hook.project, target=f"{delivery.event} {delivery.pk}")
        work.nudge(QUEUE)


def stop(delivery: WebhookDelivery, *, by: Any) -> None:
    """No further try."""
    require(by, "manage_webhooks", delivery.hook.project)
    work.cancel(delivery.work, by=by)


def hooks_of(project: Project) -> QuerySet[Webhook]:
    return Webhook.objects.filter(project=project, removed_at=None)


def deliveries_of(hook: Webhook) -> QuerySet[WebhookDelivery]:
    """Newest first, each with its work, its attempts and `attempted`, how many there were."""
    found = WebhookDelivery.objects.filter(hook=hook).select_related("work")
    return found.annotate(attempted=Count("attempts")).prefetch_related("attempts").order_by("-at", "-work")


_WAKE = """
WITH due AS (
    UPDATE annotations_webhookdelivery SET next_attempt_at = NULL WHERE next_attempt_at <= clock_timestamp()
    RETURNING work_id
)
UPDATE annotations_work SET state = 'queued' WHERE state = 'paused' AND id IN (SELECT work_id FROM due)
"""


def wake() -> int:
    """Deliveries whose pause is over are queued again; returns how many. Any worker may call it at any time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_WAKE)
        woken: int = cursor.rowcount
    if woken:
        work.nudge(QUEUE)
    return woken


def _checked(url: str) -> str:
    try:
        check_url(url.strip(), settings.WEBHOOK_NETWORKS)
    except Refused as refused:
        raise ValidationError({"url": str(refused)}) from refused
    return url.strip()


def _known(events: Collection[str]) -> list[str]:
    unknown = [event for event in events if event not in EVENTS]
    if unknown or not events:
        raise ValidationError(
            {"events": _("Expected some of %(listed)s; found %(found)s.")
             % {"listed": ", ".join(EVENTS), "found": ", ".join(unknown) or _("none")}}
        )  # fmt: skip
    return [event for event in EVENTS if event in events]


def _told(hook: Webhook) -> dict[str, Any]:
    return {"url": hook.url, "events": hook.events, "is_active": hook.is_active}


def _new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
