"""Background work as rows: enqueue, claim, keep alive, finish, cancel, retry.

A queue message says only "there is work in this queue". Workers claim rows (`FOR UPDATE SKIP LOCKED`), hold them by a
lease with a token, and finish them in the transaction that stores the result: a lost, doubled or late message, and a
killed worker, cost time and nothing else. Leases end by the database's clock, so a host's wrong clock ends none.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotations.models import Project, Work
from annotations.verbs import log

logger = logging.getLogger(__name__)

NUDGE = "workers.claim"  # the task's name; its code lives above this package
HERE = "here"  # the queue of work that its own process does, such as an import from the shell
MAX_ATTEMPTS = 5  # a job that takes its worker down this often is failed
TRUSTED_ATTEMPTS = 2  # a job whose worker stopped this often is done last, and a critic's alone
LEASE_SECONDS = 30


class LostLease(Exception):
    """The lease ran out and somebody else has the work: whatever was computed must not be stored."""


class Cancelled(Exception):
    """Somebody asked for the work to stop."""


@transaction.atomic
def enqueue(
    kind: str,
    *,
    queue: str,
    project: Project | None = None,
    parameters: dict[str, Any] | None = None,
    by: Any = None,
    total: int | None = None,
    unit: str = "",
    priority: int = 0,
    state: str = "queued",
) -> Work:
    """One row of work, and a nudge once it is committed. state "paused": it waits until somebody says go."""
    work = Work.objects.create(
        kind=kind,
        queue=queue,
        project=project,
        parameters=parameters or {},
        created_by=by if by is not None and by.pk else None,
        total=total,
        unit=unit,
        priority=priority,
        state=state,
    )
    if state == "queued":
        nudge(queue)
    return work


@transaction.atomic
def begin(
    kind: str,
    *,
    project: Project | None = None,
    parameters: dict[str, Any] | None = None,
    by: Any = None,
    total: int | None = None,
    unit: str = "",
) -> tuple[Work, UUID]:
    """Work that this process does itself, at once, and that no worker claims: a running row and its lease token.

    Also ends what earlier processes began like this and were killed at.
    """
    token = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_BURY, {"queue": HERE, "most": 1})
        cursor.execute("SELECT clock_timestamp() + make_interval(secs => %s)", [LEASE_SECONDS])
        (expires_at,) = cursor.fetchone()
    work = Work.objects.create(
        kind=kind,
        queue=HERE,
        project=project,
        parameters=parameters or {},
        created_by=by if by is not None and by.pk else None,
        total=total,
        unit=unit,
        state="running",
        attempts=1,
        lease_owner="shell",
        lease_token=token,
        lease_expires_at=expires_at,
        started_at=timezone.now(),
    )
    return work, token


def nudge(queue: str) -> None:
    """Tells the workers of a queue, after commit, over the broker's queue of the name before its colon.

    A broker that is down delays the work by one look of a worker.
    """

    def send() -> None:
        try:
            current_app.send_task(NUDGE, args=[queue], queue=queue.partition(":")[0], ignore_result=True)
        except OperationalError as error:
            logger.warning("The broker took no message (%s); workers will find the work by themselves.", error)

    transaction.on_commit(send, robust=False)


# Rows of dead workers go first, but for those whose worker stopped more than once: what may be the cause goes last.
_CLAIM = """
WITH orphaned AS (
    SELECT id, CASE WHEN attempts <= %(trusted)s THEN 1 ELSE 3 END AS rank FROM annotations_work
    WHERE state = 'running' AND lease_expires_at < clock_timestamp()
        AND queue = %(queue)s AND attempts < %(most)s AND NOT cancel_requested
        AND (%(group)s::uuid IS NULL OR "group" = %(group)s)
    ORDER BY rank, lease_expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), waiting AS (
    SELECT id, 2 AS rank FROM annotations_work WHERE state = 'queued' AND queue = %(queue)s
        AND (%(group)s::uuid IS NULL OR "group" = %(group)s)
    ORDER BY priority DESC, created_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), claimed AS (
    SELECT id FROM (SELECT * FROM orphaned UNION ALL SELECT * FROM waiting) claimable ORDER BY rank LIMIT %(limit)s
)
UPDATE annotations_work SET state = 'running', lease_owner = %(owner)s, lease_token = %(token)s,
    attempts = attempts + 1, lease_expires_at = clock_timestamp() + make_interval(secs => %(seconds)s),
    started_at = coalesce(started_at, clock_timestamp())
WHERE id IN (SELECT id FROM claimed) RETURNING id
"""

_BURY = """
UPDATE annotations_work SET finished_at = clock_timestamp(), lease_token = NULL, lease_expires_at = NULL,
    state = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'failed' END,
    error = CASE WHEN cancel_requested THEN error
        ELSE 'Its worker stopped ' || attempts || ' times while it was at this. ' || error END
WHERE id IN (SELECT id FROM annotations_work WHERE state = 'running' AND lease_expires_at < clock_timestamp()
    AND queue = %(queue)s AND (attempts >= %(most)s OR cancel_requested) FOR UPDATE SKIP LOCKED)
"""


def claim(
    queue: str,
    *,
    owner: str,
    limit: int = 1,
    lease_seconds: float = LEASE_SECONDS,
    token: UUID | None = None,
    group: UUID | None = None,
) -> tuple[list[Work], UUID]:
    """Up to `limit` rows, now running under one lease token; those of dead workers first. Commits by itself.

    token: a lease that is held already and takes these rows in; a new one otherwise. group: only what belongs to it.
    """
    token = token or uuid4()
    asked: dict[str, Any] = {
        "owner": owner, "token": token, "seconds": lease_seconds, "queue": queue, "limit": limit, "most": MAX_ATTEMPTS,
        "group": group, "trusted": TRUSTED_ATTEMPTS,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BURY, asked)
        cursor.execute(_CLAIM, asked)
        ids = [row[0] for row in cursor.fetchall()]
    works = (
        Work.objects.filter(pk__in=ids)
        .select_related("project", "created_by")
        .order_by("-priority", "created_at", "id")
    )
    return list(works), token


def finish(work: Work, token: UUID, *, state: str = "done", result: Any = None, error: str = "") -> None:
    """Ends the work in the caller's transaction. Raises LostLease when the lease is no longer this one."""
    changed = Work.objects.filter(pk=work.pk, lease_token=token, state="running").update(
        state=state,
        result=result,
        error=error,
        lease_token=None,
        lease_expires_at=None,
        finished_at=Now(),
    )
    if not changed:
        raise LostLease(f"{work.kind} {work.pk} is somebody else's now")


def give_back(token: UUID, *, only: Iterable[UUID] | None = None) -> int:
    """Puts what is still held under this token (or `only` those ids) back: an orderly stop costs no time, no attempt.

    What somebody asked to stop ends here instead.
    """
    held = Work.objects.filter(lease_token=token, state="running")
    if only is not None:
        held = held.filter(pk__in=list(only))
    held.filter(cancel_requested=True).update(
        state="cancelled", lease_token=None, lease_expires_at=None, finished_at=Now()
    )
    return held.update(
        state="queued", lease_token=None, lease_expires_at=None, lease_owner="", attempts=F("attempts") - 1
    )


def try_again(work: Work, token: UUID, *, error: str) -> None:
    """After a fault of the world, not of ours: back into the queue, or failed where it was the last attempt."""
    if work.attempts >= MAX_ATTEMPTS:
        finish(work, token, state="failed", error=error)
        return
    changed = Work.objects.filter(pk=work.pk, lease_token=token, state="running").update(
        state="queued", lease_token=None, lease_expires_at=None, lease_owner="", error=error
    )
    if not changed:
        raise LostLease(f"{work.kind} {work.pk} is somebody else's now")


def put_aside(work: Work, token: UUID, *, error: str = "") -> None:
    """Held work waits until its kind's own clock queues it again. Attempts, which count dead workers, start anew."""
    changed = Work.objects.filter(pk=work.pk, lease_token=token, state="running").update(
        state="paused", lease_token=None, lease_expires_at=None, lease_owner="", attempts=0, error=error
    )
    if not changed:
        raise LostLease(f"{work.kind} {work.pk} is somebody else's now")


@transaction.atomic
def cancel(work: Work, *, by: Any) -> None:
    """Queued work ends now; running work is asked to stop and ends at its next look."""
    Work.objects.filter(pk=work.pk, state__in=["queued", "paused"]).update(
        state="cancelled", cancel_requested=True, finished_at=Now()
    )
    Work.objects.filter(pk=work.pk, state="running").update(cancel_requested=True)
    log.record("cancel_work", by=by, project=work.project, target=f"{work.kind} {work.pk}")


@transaction.atomic
def retry(work: Work, *, by: Any) -> None:
    """Failed or cancelled work goes back into the queue with its attempts forgotten."""
    Work.objects.filter(pk=work.pk, state__in=["failed", "cancelled"]).update(
        state="queued", attempts=0, cancel_requested=False, error="", finished_at=None, done=0
    )
    log.record("retry_work", by=by, project=work.project, target=f"{work.kind} {work.pk}")
    nudge(work.queue)
