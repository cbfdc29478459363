"""The web server killed while it starts a run: all of the run is there or nothing, and what runs goes on without it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from annotations.models import Work
from annotations.verbs import tokens
from tests.builders import a_person
from tests.faults.account import Account, critiques_of, has_ended
from tests.faults.processes import ROOT, wait_until, workers
from tests.workers.builders import a_scripted_critic, many_responses
from workers.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def a_web_server(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """gunicorn with one worker, in a process group of its own; killed at the end."""
    port = a_free_port()
    command = [sys.executable, "-m", "gunicorn", "critique_app.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, start_new_session=True)
    try:
        wait_until(lambda: answers(port), "the web server")
        yield process, port
    finally:
        kill(process)


def answers(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        asking.request("GET", "/healthz")
        return asking.getresponse().status == 200
    return False


def kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def start(port: int, slug: str, secret: str, samples: int) -> tuple[int, Any]:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"critic": "scripted", "samples": samples})
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    asking.request("POST", f"/api/v1/projects/{slug}/runs/", body, headers)
    answer = asking.getresponse()
    return answer.status, json.loads(answer.read())


def test_the_web_server_killed_while_it_starts_a_run_and_while_one_runs(broker, tmp_path):
    project = many_responses(40)
    a_scripted_critic(project, "100 ms")
    secret = tokens.create_token(a_person(role="admin", project=project), ["run"])[1]
    environment = {"ALLOWED_HOSTS": "127.0.0.1", **broker.environment}
    with workers(tmp_path, "w", environment=broker.environment):
        with a_web_server(environment) as (server, port):
            status, told = start(port, project.slug, secret, samples=1)
            assert status == 202
            run = Run.objects.get(pk=told["id"])
            account = Account("kill -9 of the web server", broker, run)
            wait_until(lambda: critiques_of(run) >= 5, "5 critiques")
            asking = threading.Thread(target=suppressed_start, args=(port, project.slug, secret), daemon=True)
            asking.start()
            time.sleep(0.15)  # within the transaction that makes 4000 jobs
            kill(server)
            account.fault()
            asking.join()
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
    account.close()
    for other in Run.objects.exclude(pk=run.pk):
        assert Work.objects.filter(group=other.pk).count() == other.job_count == 4000


def suppressed_start(port: int, slug: str, secret: str) -> None:
    with suppress(OSError, http.client.HTTPException):
        start(port, slug, secret, samples=100)
