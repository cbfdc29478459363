"""Holding claimed work: a thread that keeps the lease alive, shows progress, and hears a cancel.

It has a database connection of its own, so that progress is seen while the work's own transaction is still open.
"""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Self
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from annotations.models import Work
from annotations.verbs.work import LEASE_SECONDS, Cancelled, LostLease

logger = logging.getLogger(__name__)

_KEEP = """
UPDATE annotations_work SET lease_expires_at = clock_timestamp() + make_interval(secs => %s),
    done = coalesce(%s, done), total = coalesce(%s, total)
WHERE id IN (SELECT id FROM annotations_work WHERE lease_token = %s AND state = 'running' ORDER BY id FOR UPDATE)
RETURNING cancel_requested
"""  # locked in the order in which a run's cancel locks them, so that neither waits for the other


class Lease:
    """`with Lease(work, token) as lease:` … `lease.progress(done, total)` now and then.

    `progress` raises Cancelled or LostLease as soon as the thread has heard of it. A lease without `work` keeps all
    rows of the token alive (a batch of critic jobs) and shows no progress.
    """

    def __init__(self, work: Work | None, token: UUID, *, seconds: float = LEASE_SECONDS) -> None:
        self.work, self.token, self.seconds = work, token, seconds
        self.done: int | None = None
        self.total: int | None = None
        self.cancelled = False
        self.lost = False
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{token}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def progress(self, done: int, total: int | None = None) -> None:
        self.done = done
        self.total = total if total is not None else self.total
        self.check()

    def check(self) -> None:
        if self.lost:
            raise LostLease("the lease ran out")
        if self.cancelled:
            raise Cancelled("cancelled on request")

    def _keep(self) -> None:
        own = connection.copy()
        try:
            while not self._end.wait(min(1.0, self.seconds / 3)):
                try:
                    with own.cursor() as cursor:
                        cursor.execute(_KEEP, [self.seconds, self.done, self.total, self.token])
                        rows = cursor.fetchall()
                except (
                    OperationalError,
                    InterfaceError,
                ) as error:  # a restarting database: the lease outlasts it or is lost
                    logger.warning("The lease %s could not be renewed (%s); trying again.", self.token, error)
                    own.close()
                    continue
                self.lost = not rows
                self.cancelled = any(row[0] for row in rows)
        finally:
            own.close()
