"""What a fault cost: critiques lost, critiques doubled, and the seconds until the next one was stored."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from annotations.models import Critique, Work
from tests.faults.brokers import Broker
from tests.faults.processes import wait_until
from workers.models import Run
from workers.progress import progress


def has_ended(run: Run) -> bool:
    return Run.objects.filter(pk=run.pk, finished_at__isnull=False).exists()


def critiques_of(run: Run) -> int:
    return Critique.objects.filter(run=run.pk).count()


def in_flight(run: Run) -> int:
    return Work.objects.filter(group=run.pk, state="running").count()


@dataclass
class Account:
    """`account = Account("fault", broker, run)`; `fault()` as it happens, `recovered()` or `stopped()`, then `close()`.

    A job is lost where it is neither done nor failed nor cancelled, or done without its critique; a critique is doubled
    where a response has two of them. With $FAULT_TABLE, a line of JSON is added to that file for `tests.faults.table`.
    """

    name: str
    broker: Broker
    run: Run
    failed: int = 0
    _at: datetime | None = None
    _seconds: float | None = None

    def fault(self) -> None:
        """It happens now. Asks no database: that may be what is away."""
        self._at = timezone.now()

    def recovered(self) -> None:
        """Waits for the first critique of the time after it, by the database's clock, which is this machine's."""
        assert self._at is not None, "no fault yet"
        since = Work.objects.filter(group=self.run.pk, state="done", finished_at__gt=self._at).order_by("finished_at")
        first = wait_until(since.first, "a critique after the fault")
        self._seconds = (first.finished_at - self._at).total_seconds()

    def stopped(self) -> None:
        """The run has come to a clear stop instead."""
        assert self._at is not None, "no fault yet"
        self._seconds = (timezone.now() - self._at).total_seconds()

    def close(self, *, cancelled: int = 0) -> None:
        """Counts, and fails the test where anything was lost or doubled."""
        told = progress(self.run)
        per_response = Counter(Critique.objects.filter(run=self.run.pk).values_list("response_id", flat=True))
        doubled = sum(count - 1 for count in per_response.values()) + (
            Critique.objects.filter(run=self.run.pk).count()
            - Critique.objects.filter(head__isnull=False, run=self.run.pk).count()
        )
        lost = self.run.job_count - len(per_response) - told.failed - told.cancelled
        if table := os.environ.get("FAULT_TABLE"):
            line = {
                "fault": self.name, "broker": self.broker.name, "jobs": self.run.job_count, "lost": lost,
                "doubled": doubled, "seconds": self._seconds,
            }  # fmt: skip
            with Path(table).open("a") as file:
                file.write(json.dumps(line) + "\n")
        assert (lost, doubled) == (0, 0)
        assert (told.failed, told.cancelled, told.unfinished) == (self.failed, cancelled, 0)
        assert told.done == len(per_response)
        assert self._seconds is not None, "the fault was never waited out"
