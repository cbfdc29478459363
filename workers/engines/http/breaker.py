"""The circuit breaker before a far end: after failures in a row it refuses at once, and lets one try in a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from workers.engines.base import EngineUnavailable

LONGEST_REST_SECONDS = 600.0


@dataclass(eq=False)
class Breaker:
    """Closed: all pass. Open: none do, until it has rested; then one try decides. Each rest is twice the last."""

    failures_to_open: int
    rest_seconds: float
    now: Callable[[], float] = time.monotonic
    _failures: int = 0
    _rests: int = 0
    _open_until: float = 0.0
    _reason: str = ""
    _trying: bool = False

    def enter(self) -> None:
        """Before a request leaves. Raises EngineUnavailable, with the reason, while the breaker is open."""
        if not self._reason:
            return
        left = self._open_until - self.now()
        if left > 0 or self._trying:
            raise EngineUnavailable(self._reason, retry_after_seconds=max(left, 1.0))
        self._trying = True

    def succeeded(self) -> None:
        self._failures = self._rests = 0
        self._reason, self._trying = "", False

    def failed(self, reason: str) -> None:
        """One attempt failed in a way that a later one may not. Those that were under way as it opened add nothing."""
        if self.is_open and not self._trying:
            return
        self._failures += 1
        if self._trying or self._failures >= self.failures_to_open:
            self.open(f"{reason} ({self._failures} attempts in a row failed)")

    def open(self, reason: str, rest_seconds: float | None = None) -> EngineUnavailable:
        """Opens at once; returns what to raise."""
        rest = min(rest_seconds or self.rest_seconds * 2**self._rests, LONGEST_REST_SECONDS)
        self._rests += 1
        self._open_until, self._reason, self._trying = self.now() + rest, reason, False
        return EngineUnavailable(reason, retry_after_seconds=rest)

    def leave(self) -> None:
        """A request went away without a word on the far end (its caller gave up): another may try."""
        self._trying = False

    @property
    def is_open(self) -> bool:
        return bool(self._reason)
