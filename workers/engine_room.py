"""Where this process keeps its engine: one event loop in a thread of its own, and one loaded model at a time.

Everything asynchronous happens in that loop; whoever claims rows and commits results stays in plain threads, one
database connection each, and talks to the room by futures.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from workers.engines.base import Engine, EngineDescription, open_engine
from workers.engines.ocr import OcrReader
from workers.queues import queue_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EngineKey:
    """Which engine with which model: critics that agree in both share the loaded model."""

    engine: str
    model: str


@dataclass(eq=False)
class EngineRoom:
    """The loop starts with the first coroutine; `close` ends it and frees the model."""

    models_folder: Path
    on_open: Callable[[EngineKey, EngineDescription], None] = field(default=lambda _key, _description: None)
    reader: OcrReader = field(default_factory=OcrReader)
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _open: tuple[EngineKey, dict[str, Any], Engine] | None = None

    @property
    def queue(self) -> str:
        """The queue of the model in memory; empty where there is none."""
        return queue_of(self._open[0].engine, self._open[0].model) if self._open else ""

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="engine-room", daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def open(self, key: EngineKey, options: dict[str, Any] | None = None) -> Future[Engine]:
        """The engine, loaded if it is not the one in the room, with these options; the one before it is closed first.

        Ask only while no request is under way. The future raises what `open_engine` raises.
        """
        return self.submit(self._opened(key, options or {}))

    def close(self) -> None:
        if self._loop is None or self._thread is None:
            return
        self.submit(self._closed()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    async def _opened(self, key: EngineKey, options: dict[str, Any]) -> Engine:
        if self._open is None or self._open[:2] != (key, options):
            await self._closed()
            engine = await open_engine(key.engine, key.model, models_folder=self.models_folder, options=options)
            self._open = (key, options, engine)
            self.on_open(key, engine.description)
        return self._open[2]

    async def _closed(self) -> None:
        if self._open is not None:
            engine, self._open = self._open[2], None
            await engine.aclose()
