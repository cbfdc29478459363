"""A queue's rows, claimed and done one after the other (critic jobs many at a time) in a thread of this process.

A nudge makes it look at once; without any it looks every few seconds by itself. No message is ever relied on.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from django.utils.module_loading import import_string

from annotations.models import Work
from annotations.verbs import work
from workers import runs, steering
from workers.batch import Claims, CriticBatch
from workers.engine_room import EngineRoom
from workers.failure import told

logger = logging.getLogger(__name__)

# What does a kind of work: a function of the claimed row and its token, which finishes the row with its result.
VERBS = {
    "deliver": "annotations.verbs.deliver.run_delivery",
    "import": "annotations.verbs.ingest.run_import",
    "publish": "annotations.verbs.publish.run_publish",
}
MOST_MISSES = 3


@dataclass(eq=False)
class Drain:
    """`start`, `nudge` as often as you like, then `stop` and `release`."""

    claims: Claims
    room: EngineRoom
    look_seconds: float
    doing: str = ""
    since: datetime | None = None
    _token: UUID | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _nudged: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._live, name=f"drain-{self.claims.queue}", daemon=True)
        self._thread.start()

    def nudge(self) -> None:
        """Look now; while it is at work, look once more when it is through."""
        self._nudged.set()

    def stop(self) -> None:
        """Claim no more, and put down critic jobs. Returns at once, touches no database."""
        self._stop.set()
        self._nudged.set()

    def release(self, wait_seconds: float) -> None:
        """After `stop`: what is still held goes back into the queue; its late result is refused by its lease."""
        if self._thread is None:
            return
        self._thread.join(min(1.0, wait_seconds))
        if self._thread.is_alive() and (token := self._token) is not None:
            work.give_back(token)
            self._thread.join(wait_seconds)

    def drain(self) -> None:
        """Until nothing is claimable."""
        misses = 0  # others hold what waits, or what waited was past doing; then another queue may have something
        while not self._stop.is_set() and misses < MOST_MISSES:
            queue = self.claims.next_queue(self.room.queue)
            if queue is None:
                break
            claimed, self._token = self.claims.claim(1, queue=queue)
            misses = 0 if claimed else misses + 1
            if claimed:
                self._do(claimed[0], self._token)
        self._token = None
        steering.close_finished()

    def _live(self) -> None:
        while not self._stop.is_set():
            self._nudged.clear()
            try:
                self.drain()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("The queue %s could not be read (%s); looking again.", self.claims.queue, error)
                connection.close()
            except Exception:
                logger.exception("The drain of %s stumbled; looking again.", self.claims.queue)
            finally:
                self.doing = ""
            self._nudged.wait(self.look_seconds)
        connection.close()

    def _do(self, claimed: Work, token: UUID) -> None:
        self.since = timezone.now()
        self.doing = f"{claimed.kind} of {claimed.project.slug if claimed.project else 'the instance'}"
        logger.info("%s %s: begun (attempt %s)", claimed.kind, claimed.pk, claimed.attempts)
        if claimed.kind == runs.KIND:
            batch = CriticBatch(
                claims=self.claims, claimed_from=claimed.queue, token=token, room=self.room, stop=self._stop
            )
            batch.work_through([claimed])
            return
        try:
            if claimed.kind not in VERBS:
                raise LookupError(f"expected work of kind {', '.join(VERBS)} or {runs.KIND}, found {claimed.kind}")
            import_string(VERBS[claimed.kind])(claimed, token)
        except work.LostLease as lost:
            logger.info("%s; what was done is dropped", lost)
        except work.Cancelled:
            self._end(claimed, token, state="cancelled")
        except Exception as error:
            logger.exception("%s %s failed", claimed.kind, claimed.pk)
            self._end(claimed, token, state="failed", error=told(error))

    def _end(self, claimed: Work, token: UUID, *, state: str, error: str = "") -> None:
        try:
            work.finish(claimed, token, state=state, error=error)
        except work.LostLease as lost:
            logger.info("%s; its end as %s is dropped", lost, state)
