"""A worker's presence: a row with a heartbeat that says who is alive, on what device, doing what."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from workers.models import Worker
from workers.queues import serves

logger = logging.getLogger(__name__)

KEPT = timedelta(days=1)  # how long the row of a worker that is gone is kept


def alive(heartbeat_seconds: float) -> QuerySet[Worker]:
    """Workers that were heard of within three heartbeats, and have not said good-bye."""
    return Worker.objects.filter(
        stopped_at=None, heartbeat_at__gte=Now() - timedelta(seconds=3 * heartbeat_seconds + 1)
    )


def is_served(queue: str, heartbeat_seconds: float) -> bool:
    """Whether a living worker takes from this queue."""
    return any(serves(worker, queue) for worker in alive(heartbeat_seconds))


@dataclass(eq=False)
class Presence:
    """Beats in a thread of its own until `end`."""

    name: str
    queues: tuple[str, ...]
    heartbeat_seconds: float
    doing: Callable[[], tuple[str, datetime | None]]
    device: str = ""
    model: str = ""
    _row: Worker | None = None
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._live, name="presence", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join()

    def _live(self) -> None:
        while True:
            try:
                self._beat()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("The heartbeat did not reach the database (%s).", error)
                connection.close()
            if self._end.wait(self.heartbeat_seconds):
                break
        try:
            if self._row is not None:
                Worker.objects.filter(pk=self._row.pk).update(stopped_at=Now(), doing="", doing_since=None)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The good-bye did not reach the database (%s).", error)
        connection.close()

    def _beat(self) -> None:
        if self._row is None:
            Worker.objects.filter(heartbeat_at__lt=Now() - KEPT).delete()
            self._row = Worker.objects.create(
                name=self.name[:100], host=socket.gethostname()[:100], queues=", ".join(self.queues)[:200]
            )
        doing, since = self.doing()
        Worker.objects.filter(pk=self._row.pk).update(
            heartbeat_at=Now(),
            doing=doing[:200],
            doing_since=since,
            device=self.device[:60],
            model=self.model[:300],
        )
