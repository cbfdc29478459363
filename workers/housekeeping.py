"""What every worker sees to now and then, whoever comes first: runs without a job left are closed, standing runs get
jobs for new responses, deliveries to webhooks whose pause is over are queued, mails of unread comments go out. It looks
at rows, not at events, so that nothing is missed, however a response came in."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError, connection, transaction

from annotations.verbs import digest, webhooks
from workers import steering
from workers.models import Run

logger = logging.getLogger(__name__)


def extend_standing_runs() -> int:
    """New responses get jobs of the standing runs of their project; returns how many responses did."""
    extended = 0
    for run in Run.objects.filter(is_standing=True).select_related("critic", "project"):
        with transaction.atomic():
            # Where another worker is at it already, it does it.
            if Run.objects.select_for_update(skip_locked=True).filter(pk=run.pk, is_standing=True).exists():
                extended += steering.extend_run(run)
    return extended


@dataclass(eq=False)
class Housekeeping:
    """Looks every so often in a thread of its own, until `end`."""

    look_seconds: float
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._live, name="housekeeping", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join()

    def _live(self) -> None:
        while not self._end.wait(self.look_seconds):
            try:
                extend_standing_runs()
                steering.close_finished()
                webhooks.wake()
                digest.send_due()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("Housekeeping did not reach the database (%s); looking again.", error)
                connection.close()
            except Exception:
                logger.exception("Housekeeping stumbled; looking again.")
        connection.close()
