"""A task goes through the database to a worker in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from critique_app.instance import CODE_FOLDER
from tests.critique_app.worker_task import note

WAIT_SECONDS = 60


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "celery", "-A", "critique_app", "worker", "-Q", "io", "--pool", "threads"]
    command += ["--concurrency", "1", "--without-gossip", "--without-mingle", "-I", "tests.critique_app.worker_task"]
    process = subprocess.Popen(
        command, cwd=CODE_FOLDER, env=os.environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    yield process
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 0, "a warm shutdown is a clean one"


def wait_for(path: Path, text: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not path.exists() or text not in path.read_text():
        assert time.monotonic() < deadline, f"{text!r} did not arrive"
        time.sleep(0.02)


@pytest.mark.usefixtures("committed_db")
def test_a_task_sent_before_and_after_the_worker_started_is_done_once(tmp_path: Path, request) -> None:
    ran = tmp_path / "ran"
    note.delay(str(ran), "before")
    request.getfixturevalue("worker")
    wait_for(ran, "before")
    note.delay(str(ran), "after")
    wait_for(ran, "after")
    assert ran.read_text().split() == ["before", "after"]


@pytest.mark.usefixtures("committed_db")
def test_the_app_role_sends_through_the_database(tmp_path: Path) -> None:
    note.delay(str(tmp_path / "ran"), "waiting")
    with connection.cursor() as cursor:
        cursor.execute("SELECT queue_length FROM pgmq.metrics('io')")
        assert cursor.fetchone() == (1,)
