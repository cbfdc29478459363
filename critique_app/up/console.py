"""What `make up` says: one line at a time, each with the name of who says it."""

from __future__ import annotations

import sys
import threading

_WIDTH = 8
_lock = threading.Lock()


def say(who: str, what: str) -> None:
    with _lock:
        sys.stdout.write(f"{who:<{_WIDTH}}| {what}\n")
        sys.stdout.flush()
