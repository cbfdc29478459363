"""Start PostgreSQL, web server and workers, say the one URL, and end all of it on Ctrl-C."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import TextIO

import psutil
from django.core.exceptions import ImproperlyConfigured

from critique_app import environment, instance
from critique_app.instance import InstanceError
from critique_app.up.console import say
from critique_app.up.service import Service

ADDRESS = "127.0.0.1"
READY_TIMEOUT_SECONDS = 120
WATCH_SECONDS = 0.2


def main() -> None:
    stopping = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if stopping.is_set():
            return  # it is ending already; a second Ctrl-C changes nothing
        stopping.set()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    services: list[Service] = []
    try:
        run(services, stopping)
    except KeyboardInterrupt:
        pass
    except ImproperlyConfigured as problem:
        sys.exit(f"up      | {problem}")
    finally:
        stopping.set()
        end(services)


def run(services: list[Service], stopping: threading.Event) -> None:
    started = time.monotonic()
    port = environment.number("PORT", 8000)
    home = instance.home()
    lock = _lock(home)
    _end_leftovers(home)
    _require_free_port(port)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "critique_app.settings")
    import django

    django.setup()
    from critique_app.up.prepare import prepare

    prepare()
    say("up", "starting web server and workers")
    for service in _services(port, instance.folder("logs")):
        services.append(service)
        service.start()
    _remember(home, services)
    _wait_until_ready(port, services)
    say("up", f"Second Look is ready after {time.monotonic() - started:.1f} s: http://{ADDRESS}:{port}/")
    while not stopping.wait(WATCH_SECONDS):
        before = [service.process_id for service in services]
        for service in services:
            service.watch()
        if before != [service.process_id for service in services]:
            _remember(home, services)
        _keep_database()
    lock.close()


def end(services: list[Service]) -> None:
    """Web server first, then the workers, the database last."""
    if services:
        say("up", "ending: web server, workers, database")
    for service in services:
        service.stop()
    if "critique_app.embedded.server" in sys.modules:
        from critique_app.embedded.server import server

        server().release()
    if services:
        say("up", "ended")


def _services(port: int, logs: Path) -> list[Service]:
    python = [sys.executable, "-m"]
    web = [*python, "gunicorn", "critique_app.wsgi", "--bind", f"{ADDRESS}:{port}", "--worker-class", "gthread"]
    web += ["--workers", "2", "--threads", "4", "--graceful-timeout", "5", "--log-level", "warning"]
    web += ["--access-logfile", "-", "--access-logformat", "%(m)s %(U)s %(s)s %(M)s ms"]
    worker = [*python, "celery", "--app", "critique_app", "--quiet", "worker", "--pool", "threads"]
    worker += ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    return [
        Service("web", web, logs, grace_seconds=8),
        Service("io", [*worker, "--queues", "io", "--hostname", "io@%h", "--concurrency", "2"], logs, 10),
        Service(
            "critics", [*worker, "--queues", "critics", "--hostname", "critics@%h", "--concurrency", "1"], logs, 10
        ),
    ]


def _lock(home: Path) -> TextIO:
    """Held while we run; a second `make up` of the same instance is told so."""
    file = (home / "up.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InstanceError(
            f"Second Look runs already with the instance {home}; use that one, or end it first (Ctrl-C where it runs)."
        ) from None
    return file


def _require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OverflowError:
            raise InstanceError(f"PORT: expected a number up to 65535, found {port}.") from None
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                why = "is in use by another program; end that one"
            else:
                why = f"cannot be used ({problem.strerror})"
            raise InstanceError(f"Port {port} {why}, or choose another port: PORT={port + 1} make up") from None


def _remember(home: Path, services: list[Service]) -> None:
    """The children's process ids and birth times, for a next start after we were killed."""
    known = []
    for service in services:
        if service.process_id and psutil.pid_exists(service.process_id):
            known.append([service.process_id, psutil.Process(service.process_id).create_time()])
    (home / "up.services").write_text(json.dumps(known))


def _end_leftovers(home: Path) -> None:
    """Services of an earlier `make up` that was killed and could not end them."""
    try:
        known = json.loads((home / "up.services").read_text())
    except (FileNotFoundError, ValueError):
        return
    for process_id, born in known:
        if psutil.pid_exists(process_id) and abs(psutil.Process(process_id).create_time() - born) < 2:
            say("up", f"ending process {process_id}, left by a start that was killed")
            os.killpg(process_id, signal.SIGKILL)


def _wait_until_ready(port: int, services: list[Service]) -> None:
    from django.conf import settings

    host = next((host for host in settings.ALLOWED_HOSTS if not host.startswith(("*", "."))), ADDRESS)
    request = urllib.request.Request(f"http://{ADDRESS}:{port}/healthz", headers={"Host": host})
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        for service in services:
            service.watch()
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  our own address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise InstanceError(
        f"The web server does not answer within {READY_TIMEOUT_SECONDS} s; see {instance.home()}/logs/web.log."
    )


def _keep_database() -> None:
    from django.conf import settings

    from critique_app.embedded.server import server

    if settings.EMBEDDED_DATABASE and server().process_id() is None:
        say("up", "PostgreSQL ended; starting it again")
        server().restart_after_crash()


if __name__ == "__main__":
    main()
