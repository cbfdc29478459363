"""What a worker process consists of: a drain for each of its queues, one engine room, and its presence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from annotations.verbs import webhooks
from workers.batch import Claims
from workers.drain import Drain
from workers.engine_room import EngineKey, EngineRoom
from workers.engines.base import EngineDescription
from workers.housekeeping import Housekeeping
from workers.presence import Presence
from workers.queues import CRITICS, served_models

STOP_SECONDS = 5


class WorkerService:
    """Starts with the worker and ends with it; Celery's messages only nudge it."""

    def __init__(
        self,
        name: str,
        queues: Iterable[str],
        *,
        lease_seconds: float,
        look_seconds: float,
        models_folder: Path,
        models: Iterable[str] = (),
    ) -> None:
        queues = tuple(queues)
        if models and CRITICS in queues:
            queues = (*(queue for queue in queues if queue != CRITICS), *served_models(models))
        lanes = (webhooks.QUEUE,) if webhooks.QUEUE.partition(":")[0] in queues else ()
        self.room = EngineRoom(models_folder, on_open=self._tell_model)
        self.drains = {
            queue: Drain(
                Claims(queue=queue, owner=name[:100], lease_seconds=lease_seconds), self.room, look_seconds=look_seconds
            )
            for queue in (*queues, *lanes)
        }
        self.presence = Presence(name, queues, look_seconds, doing=self._doing)
        self.housekeeping = Housekeeping(look_seconds)

    def start(self) -> None:
        self.presence.start()
        self.housekeeping.start()
        for drain in self.drains.values():
            drain.start()

    def nudge(self, queue: str) -> None:
        """A queue that this worker does not serve is somebody else's; `critics` stands for each of theirs."""
        for served in (queue, queue.partition(":")[0]):
            if served in self.drains:
                self.drains[served].nudge()

    def stop(self) -> None:
        """At the first signal: claim no more. Returns at once."""
        for drain in self.drains.values():
            drain.stop()

    def close(self) -> None:
        """What is still held goes back, within seconds."""
        self.stop()
        for drain in self.drains.values():
            drain.release(STOP_SECONDS)
        self.housekeeping.end()
        self.presence.end()

    def _doing(self) -> tuple[str, datetime | None]:
        """In words, and since when."""
        busy = [drain for drain in self.drains.values() if drain.doing]
        since = min((drain.since for drain in busy if drain.since), default=None)
        return "; ".join(drain.doing for drain in busy), since

    def _tell_model(self, key: EngineKey, description: EngineDescription) -> None:
        self.presence.device = description.device
        self.presence.model = f"{key.model} on {key.engine}"
