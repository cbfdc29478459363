"""A real web server over the test's own cluster, to be killed and started again while a browser is at work."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60


class WebServer:
    """Gunicorn with two workers, as `make up` starts it; static files come straight from the source."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [
            sys.executable, "-m", "gunicorn", "critique_app.wsgi", "--bind", f"127.0.0.1:{self.port}",
            "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--log-level", "warning",
        ]  # fmt: skip
        environment = os.environ | {"SECOND_LOOK_DEBUG": "1", "OMP_NUM_THREADS": "1"}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"the web server does not answer: {self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """As the machine would: all of its processes at once, in mid-request."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def kill_one_worker(self) -> None:
        """Gunicorn starts another one; what this one was answering is cut off."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children()
        if children:
            with contextlib.suppress(psutil.NoSuchProcess):
                children[0].kill()
