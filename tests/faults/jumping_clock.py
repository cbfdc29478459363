"""`python -m tests.faults.jumping_clock …`: Celery with a wall clock off by the seconds in the file $CLOCK_OFFSET.

The file is read at each look, so that the clock jumps as it is written. `time.time`, for Celery and Kombu, and Django's
`timezone.now`, for the app, follow it; the monotonic clock does not, as on a machine whose clock is set. The database
keeps its own.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone


def let_the_clock_jump(offset: Path) -> None:
    """Before anything is imported that takes the clock for its own: `from time import time`."""
    true_time, true_now = time.time, timezone.now

    def off_seconds() -> float:
        return float(offset.read_text())

    def jumping_now() -> datetime:
        return true_now() + timedelta(seconds=off_seconds())

    time.time = lambda: true_time() + off_seconds()
    timezone.now = jumping_now


if __name__ == "__main__":
    let_the_clock_jump(Path(os.environ["CLOCK_OFFSET"]))
    from celery.__main__ import main

    main()
