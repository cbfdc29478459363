"""`make up` as a person runs it: a process in a terminal, its output, and Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from critique_app.instance import CODE_FOLDER
from tests.critique_app.builders import an_instance

END_SECONDS = 60
Starter = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def home() -> Iterator[Path]:
    with an_instance() as path:
        yield path


@pytest.fixture
def up(home: Path) -> Iterator[Starter]:
    """Start `make up` of this instance on a port; whatever a test leaves running is ended before its folder goes."""
    started = []

    def start(port: int, folder: Path = home) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "critique_app.up"],
            cwd=CODE_FOLDER,
            env=os.environ | {"SECOND_LOOK_HOME": str(folder), "PORT": str(port)},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            end(process, signal.SIGTERM)


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_until(process: subprocess.Popen[str], pattern: str) -> list[str]:
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if re.search(pattern, line):
            return lines
    raise AssertionError(f"it ended without {pattern!r}:\n{''.join(lines)}")


def end(process: subprocess.Popen[str], number: int = signal.SIGINT) -> str:
    process.send_signal(number)
    said, _ = process.communicate(timeout=END_SECONDS)
    return said


def processes_of(home: Path) -> list[psutil.Process]:
    """Everything that runs with this instance: ours know it from their environment, PostgreSQL from its folder."""
    found = []
    for process in psutil.process_iter():
        try:
            belongs = process.environ().get("SECOND_LOOK_HOME") == str(home) or str(home) in process.cwd()
            if belongs and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_it_starts_says_one_url_serves_and_ends_with_no_process_left(home: Path, up: Starter) -> None:
    port = a_free_port()
    first = up(port)
    lines = read_until(first, "is ready")
    assert [line for line in lines if "http://" in line] == lines[-1:]
    assert f"http://127.0.0.1:{port}/" in lines[-1]
    assert any("Log in as admin with the password" in line for line in lines)
    assert (home / "secrets" / "admin-password").stat().st_mode & 0o777 == 0o600
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        assert answer.status == 200
    end(first)
    assert first.returncode == 0
    assert processes_of(home) == []

    second = up(port)
    lines = read_until(second, "is ready")
    end(second, signal.SIGTERM)
    said = "".join(lines)
    assert "password" not in said, "it is said once"
    assert "setting up" not in said
    assert "collecting" not in said
    assert processes_of(home) == []


def test_a_service_that_dies_is_started_again_and_said(home: Path, up: Starter) -> None:
    process = up(a_free_port())
    read_until(process, "is ready")
    io_worker = next(p for p in psutil.Process(process.pid).children() if "io@%h" in p.cmdline())
    io_worker.kill()
    lines = read_until(process, "io@.* ready")
    assert any("io was killed by SIGKILL; starting it again in 1 s" in line for line in lines)
    end(process)


def test_it_ends_what_a_killed_start_left_behind(home: Path, up: Starter) -> None:
    killed = up(port := a_free_port())
    read_until(killed, "is ready")
    killed.kill()
    killed.wait()
    again = up(port + 1)
    lines = read_until(again, "is ready")
    assert any("left by a start that was killed" in line for line in lines)
    end(again)
    assert processes_of(home) == []


def test_a_port_in_use_gets_one_sentence(home: Path, up: Starter) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = up(port)
        said, _ = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 1
    assert said == f"up      | Port {port} is in use by another program; end that one, or choose another port: " + (
        f"PORT={port + 1} make up\n"
    )


def test_an_instance_folder_that_is_a_file_gets_one_sentence(home: Path, up: Starter) -> None:
    (home / "file").touch()
    process = up(a_free_port(), home / "file")
    said, _ = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "choose another one with SECOND_LOOK_HOME" in said
