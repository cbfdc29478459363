"""What a worker process consists of: a drain for each of its queues, one engine room, and its presence."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from workers.batch import Claims
from workers.drain import Drain
from workers.engine_room import EngineRoom
from workers.presence import Presence

STOP_SECONDS = 5


class WorkerService:
    """Starts with the worker and ends with it; Celery's messages only nudge it."""

    def __init__(
        self, name: str, queues: Iterable[str], *, lease_seconds: float, look_seconds: float, models_folder: Path
    ) -> None:
        queues = tuple(queues)
        self.room = EngineRoom(models_folder, on_device=self._tell_device)
        self.drains = {
            queue: Drain(
                Claims(queue=queue, owner=name[:100], lease_seconds=lease_seconds), self.room, look_seconds=look_seconds
            )
            for queue in queues
        }
        self.presence = Presence(name, queues, look_seconds, doing=self._doing)

    def start(self) -> None:
        self.presence.start()
        for drain in self.drains.values():
            drain.start()

    def nudge(self, queue: str) -> None:
        """A queue that this worker does not serve is somebody else's."""
        if queue in self.drains:
            self.drains[queue].nudge()

    def stop(self) -> None:
        """At the first signal: claim no more. Returns at once."""
        for drain in self.drains.values():
            drain.stop()

    def close(self) -> None:
        """What is still held goes back, within seconds."""
        self.stop()
        for drain in self.drains.values():
            drain.release(STOP_SECONDS)
        self.presence.end()

    def _doing(self) -> str:
        return "; ".join(drain.doing for drain in self.drains.values() if drain.doing)

    def _tell_device(self, device: str) -> None:
        self.presence.device = device
