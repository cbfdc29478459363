"""One child process: its output prefixed and logged, started again when it dies, ended with all its own children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from critique_app.instance import CODE_FOLDER
from critique_app.up.console import say

LONGEST_PAUSE_SECONDS = 30
STEADY_SECONDS = 60
LOG_LIMIT_BYTES = 10_000_000


class Service:
    def __init__(self, name: str, command: list[str], log_folder: Path, grace_seconds: float) -> None:
        self.name = name
        self._command = command
        self._log = log_folder / f"{name}.log"
        self._grace_seconds = grace_seconds
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._started = 0.0
        self._pause_seconds = 1
        self._next_start: float | None = None

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """In a session of its own: the terminal's Ctrl-C is for us alone, who then end it in its turn."""
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        self._process = subprocess.Popen(
            self._command,
            cwd=CODE_FOLDER,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            # Celery warns root of pickled messages; ours are JSON only.
            # A progress bar in a log is a hundred lines that say nothing.
            env=os.environ | {"PYTHONWARNINGS": "ignore:You're running the worker", "TQDM_DISABLE": "1"},
        )
        self._started, self._next_start = time.monotonic(), None
        self._reader = threading.Thread(target=self._pass_on, args=[self._process], daemon=True)
        self._reader.start()

    def watch(self) -> None:
        """Called again and again: starts the process anew when it died, later each time while it keeps dying."""
        if self._process is None or self._process.poll() is None:
            return
        now = time.monotonic()
        if self._next_start is None:
            if now - self._started > STEADY_SECONDS:
                self._pause_seconds = 1
            self._next_start = now + self._pause_seconds
            say("up", f"{self.name} {_ending(self._process.returncode)}; starting it again in {self._pause_seconds} s")
            self._pause_seconds = min(self._pause_seconds * 2, LONGEST_PAUSE_SECONDS)
            self._kill_group()
        elif now >= self._next_start:
            self.start()

    def stop(self) -> None:
        """Ask, wait, and after the time of grace kill what is left of its process group."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(self._grace_seconds)
            except subprocess.TimeoutExpired:
                say("up", f"{self.name} is still at work after {self._grace_seconds:.0f} s; what it holds is retried")
        self._kill_group()
        self._process.wait()
        if self._reader:
            self._reader.join(timeout=2)

    def _kill_group(self) -> None:
        if self._process:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of an empty group
                os.killpg(self._process.pid, signal.SIGKILL)

    def _pass_on(self, process: subprocess.Popen[str]) -> None:
        with self._log.open("a") as log:
            for line in process.stdout or ():
                log.write(line)
                log.flush()
                say(self.name, line.rstrip("\n"))


def _ending(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
