"""Real worker processes over the test's own cluster, to be killed, stopped and watched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError, connection

ROOT = Path(__file__).parents[2]
LEASE_SECONDS = 2
LOOK_SECONDS = 1
PATIENCE_SECONDS = 90


class WorkerProcess:
    """`celery worker` as `make up` starts it, with short leases. Its log is shown where a test fails."""

    def __init__(
        self,
        log: Path,
        name: str = "w",
        queues: str = "critics",
        *,
        module: str = "celery",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        command = [
            sys.executable, "-m", module, "-A", "tests.faults.scripted_worker", "worker", "--queues", queues,
            "--pool", "threads", "--concurrency", "1", "--without-gossip", "--without-mingle",
            "--hostname", f"{name}@test", "--loglevel", "INFO",
        ]  # fmt: skip
        whole = os.environ | {
            "WORK_LEASE_SECONDS": str(LEASE_SECONDS),
            "WORK_LOOK_SECONDS": str(LOOK_SECONDS),
            "OMP_NUM_THREADS": "1",
            **(environment or {}),
        }
        with log.open("ab") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env=whole, stdout=out, stderr=subprocess.STDOUT)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """As the machine would: no word of good-bye."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> float:
        """In order; returns the seconds that it took."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_SECONDS)
        return time.monotonic() - began


@contextmanager
def workers(
    folder: Path,
    *names: str,
    queues: str = "critics",
    module: str = "celery",
    environment: Mapping[str, str] | None = None,
) -> Iterator[list[WorkerProcess]]:
    """Running workers, appended to as a test likes; killed at the end. Pytest shows their log where the test fails."""
    log = folder / "workers.log"
    running = [WorkerProcess(log, name, queues, module=module, environment=environment) for name in names]
    try:
        yield running
    finally:
        for worker in running:
            worker.kill()
        sys.stdout.write(log.read_text()[-20_000:] if log.exists() else "no worker was started")


def wait_until(happens: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS) -> Any:
    """The first true answer; fails the test when there is none in time. A database that is away is asked again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            answer = happens()
        except (OperationalError, InterfaceError):
            connection.close()
            answer = None
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain: {what}")
