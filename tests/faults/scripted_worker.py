"""The app's own Celery app, for a worker process that also knows the scripted engines.

With $STALL_COMMIT_AT it stops before the commit of that critique (1 is the first), its result computed and written in
an open transaction, and says so in its log.
"""

import logging
import os
import time

from critique_app.celery import app
from tests.workers.scripting import enable_scripted_engines

enable_scripted_engines()


def stall_at(which: int) -> None:
    from workers.kinds import critique

    whole, calls = critique.store_critique, []

    def stalling(*given, **named):
        stored = whole(*given, **named)
        calls.append(stored)
        if len(calls) == which:
            logging.getLogger("stall").warning("stalled between result and commit")
            time.sleep(600)
        return stored

    critique.store_critique = stalling


if which := os.environ.get("STALL_COMMIT_AT"):
    from celery.signals import worker_init

    worker_init.connect(lambda **_: stall_at(int(which)), weak=False)

__all__ = ["app"]
