"""Where requests wait: callers of any event loop put them in, the one thread that runs the model takes them out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from typing import TypeVar

from workers.engines.base import EngineError
from workers.engines.local.requests import ChooseRequest, GenerateRequest, Request

R = TypeVar("R", GenerateRequest, ChooseRequest)


class Waiting:
    """Requests in order of arrival. One that is on its way (being put into tokens) is waited for: batches fill."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._requests: list[Request] = []
        self._on_the_way = 0
        self._closed = False

    @contextmanager
    def expecting_one(self) -> Iterator[None]:
        """A caller is preparing a request and will put it in, or fail."""
        with self._changed:
            self._on_the_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._on_the_way -= 1
                self._changed.notify_all()

    def put(self, request: Request) -> None:
        with self._changed:
            if self._closed:
                raise EngineError("this engine is closed: open another one")
            self._requests.append(request)
            self._changed.notify_all()

    def put_back(self, requests: list[GenerateRequest]) -> None:
        """Requests that were taken and have to begin again, before all others."""
        with self._changed:
            self._requests[:0] = requests

    def close(self) -> None:
        """Requests that nobody has taken end with EngineError."""
        with self._changed:
            self._closed = True
            left, self._requests = self._requests, []
            self._changed.notify_all()
        for request in left:
            if request.answer.set_running_or_notify_cancel():
                request.answer.set_exception(EngineError("this engine was closed before it came to this request"))

    def wait(self, enough: int) -> bool:
        """Until there is something to do and nothing more on its way, or `enough` requests; False once closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._closed or len(self._requests) >= enough or (bool(self._requests) and self._on_the_way == 0)
                )
            )
            return not self._closed

    @property
    def closed(self) -> bool:
        with self._changed:
            return self._closed

    def take_choices(self, tokens: int) -> list[ChooseRequest]:
        """The oldest requests of `choose` that fit into `tokens`, at least one if there is any."""
        with self._changed:
            return self._take([request for request in self._requests if isinstance(request, ChooseRequest)], tokens)

    def take_generations(self, rows: int, tokens: int, columns: int = 0) -> list[GenerateRequest]:
        """The oldest requests that fit: at most `rows`, padded to the longest (or to `columns`) within `tokens`.

        With `columns` 0 nothing is running, and at least one is taken if there is any.
        """
        with self._changed:
            taken: list[GenerateRequest] = []
            longest = columns
            for request in self._requests:
                if not isinstance(request, GenerateRequest):
                    continue
                padded = max(longest, request.columns) * (len(taken) + 1)
                if (
                    len(taken) == rows
                    or (request.alone and (taken or columns))
                    or (padded > tokens and (taken or columns))
                ):
                    break
                longest = max(longest, request.columns)
                taken.append(request)
                if request.alone:
                    break
            return self._remove(taken)

    def _take(self, fitting: list[ChooseRequest], tokens: int) -> list[ChooseRequest]:
        taken: list[ChooseRequest] = []
        for request in fitting:
            tokens -= request.columns
            if taken and tokens < 0:
                break
            taken.append(request)
        return self._remove(taken)

    def _remove(self, taken: list[R]) -> list[R]:
        """Out of the queue; those whose callers gave up are dropped."""
        gone = set(map(id, taken))
        self._requests = [request for request in self._requests if id(request) not in gone]
        return [request for request in taken if not request.answer.cancelled()]
