"""The embedded PostgreSQL server: initialise, start, adopt, stop.

It listens on a socket in a closed folder only, asks every role for its password (scram), and outlives no one: the last
process that used it stops it at its end. All that changes its state happens under the lock of the instance.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from critique_app import instance
from critique_app.embedded import folders
from critique_app.embedded.holders import Holders
from critique_app.embedded.system_user import SystemUser, server_user
from critique_app.instance import InstanceError

SUPERUSER = "postgres"
START_TIMEOUT_SECONDS = 60
_OUR_CONFIGURATION = "second_look.conf"


class EmbeddedServer:
    """The server of one instance folder, as one process sees it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._lock = home / "postgres.lock"
        self._holders = Holders(home / "postgres.holders")
        self._held_by: int | None = None

    @cached_property
    def _user(self) -> SystemUser:
        return server_user()

    @cached_property
    def folders(self) -> folders.ClusterFolders:
        return folders.place(self.home, self._user)

    @property
    def socket_folder(self) -> Path:
        return self.folders.socket

    @property
    def log(self) -> Path:
        return self.home / "logs" / "postgres.log"

    def hold(self) -> None:
        """Make sure that the server runs, now and until this process ends; costs nothing when asked again."""
        if self._held_by == os.getpid():
            return
        with folders.locked(self._lock):
            self._ensure_started()
            self._holders.add(os.getpid())
        self._held_by = os.getpid()
        atexit.register(self.release)

    def restart_after_crash(self) -> None:
        with folders.locked(self._lock):
            self._ensure_started()

    def release(self) -> None:
        """This process needs the server no longer; the last one stops it. A forked child holds nothing by itself."""
        if self._held_by != os.getpid():
            return
        self._held_by = None
        with folders.locked(self._lock):
            self._holders.remove(os.getpid())
            if not self._holders.others(os.getpid()):
                self._stop()

    def stop(self) -> None:
        """Stop the server whoever uses it."""
        self._held_by = None
        with folders.locked(self._lock):
            self._holders.remove(os.getpid())
            self._stop()

    def process_id(self) -> int | None:
        """The postmaster's process id while it runs; a pid file left by a crash counts for nothing."""
        try:
            lines = (self.folders.data / "postmaster.pid").read_text().splitlines()
            process = psutil.Process(int(lines[0]))
            command = process.cmdline()
        except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
            return None
        return process.pid if str(self.folders.data) in command and "postgres" in process.name() else None

    def is_ready(self) -> bool:
        if self.process_id() is None:
            return False
        lines = (self.folders.data / "postmaster.pid").read_text().splitlines()
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _ensure_started(self) -> None:
        if self.process_id() is None:
            self._initialise()
            self._start()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self.is_ready():
            if time.monotonic() > deadline or self.process_id() is None:
                raise InstanceError(f"PostgreSQL does not become ready; see {self.log}.")
            time.sleep(0.05)

    def _initialise(self) -> None:
        data = self.folders.data
        found = data / "PG_VERSION"
        if found.is_file():
            if found.read_text().strip() != folders.MAJOR_VERSION:
                raise InstanceError(
                    f"The database in {data} was made by PostgreSQL {found.read_text().strip()}, expected "
                    f"{folders.MAJOR_VERSION}; dump it with that version and restore it here (docs/admin.md)."
                )
            return
        if data.exists():
            raise InstanceError(
                f"{data} holds no complete database (PG_VERSION is missing); "
                "restore it from a back-up, or move the folder away to begin with an empty one."
            )
        self._initdb(data)

    def _initdb(self, data: Path) -> None:
        """Into a folder beside it, renamed when complete: an interrupted first start leaves nothing half made."""
        with tempfile.TemporaryDirectory(prefix="new-", dir=self.folders.base) as scratch_name:
            scratch = Path(scratch_name)
            password = scratch / "password"
            password.touch(mode=0o600)
            password.write_text(instance.secret("postgres-superuser", self.home))
            for path in (scratch, password):
                self._user.own(path)
            options = [f"--username={SUPERUSER}", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
            # Sorted by code point on every platform, with no locale of the machine in the data files.
            options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
            done = self._run("initdb", *options, f"--pgdata={scratch / 'data'}")
            if done.returncode:
                raise InstanceError(
                    f"The database cannot be made in {data}: {_last_line(done.stdout)}; see {self.log}."
                )
            with (scratch / "data" / "postgresql.conf").open("a") as file:
                file.write(f"\ninclude '{_OUR_CONFIGURATION}'\n")
            (scratch / "data").rename(data)

    def _start(self) -> None:
        (self.folders.data / "postmaster.pid").unlink(missing_ok=True)
        folders.make_closed_folder(self.socket_folder, self._user)
        self._write_configuration()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            log_size = self.log.stat().st_size if self.log.exists() else 0
            with self._log_file() as log:
                done = self._run(
                    "pg_ctl", "start", "--wait", "--silent", "-D", str(self.folders.data), stdout=log, stderr=log
                )
            if done.returncode == 0:
                return
            with self.log.open(errors="replace") as file:
                file.seek(log_size)
                said = file.read()
            # After kill -9 of the server its backends need a moment to notice; the memory is theirs until then.
            if "shared memory block" not in said or time.monotonic() > deadline:
                raise InstanceError(f"PostgreSQL does not start: {_last_line(said)} (all of it: {self.log})")
            time.sleep(0.2)

    def _write_configuration(self) -> None:
        """Ours, then the admin's own `postgresql.conf` in the instance folder, which wins."""
        ours = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "log_line_prefix": "%t ",
        }
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in ours.items()]
        theirs = self.home / "postgresql.conf"
        if theirs.is_file():
            lines.append(theirs.read_text())
        target = self.folders.data / _OUR_CONFIGURATION
        target.write_text("\n".join(lines) + "\n")
        self._user.own(target)

    def _stop(self) -> None:
        if self.process_id() is None:
            return
        done = self._run("pg_ctl", "stop", "--wait", "--silent", "--mode=fast", "-D", str(self.folders.data))
        if done.returncode and self.process_id() is not None:
            raise InstanceError(f"PostgreSQL does not stop: {_last_line(done.stdout)}; see {self.log}.")
        if not self.socket_folder.is_relative_to(self.folders.base):
            with contextlib.suppress(OSError):  # in use again, or gone already: either is fine
                self.socket_folder.rmdir()

    def _log_file(self) -> Any:
        instance.folder("logs", self.home)
        return self.log.open("a")

    def _run(self, program: str, *arguments: str, **streams: Any) -> subprocess.CompletedProcess[str]:
        streams = streams or {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        # The machine's own settings for PostgreSQL (PGHOST, PGDATA, a locale) are none of this server's business.
        plain = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        return subprocess.run(
            [str(folders.programs(self._user) / program), *arguments],
            check=False,
            text=True,
            env=plain,
            **streams,
            **self._user.popen_options(),
        )


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("pg_ctl:")]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or lines or ["it said nothing"])[-1]


_servers: dict[Path, EmbeddedServer] = {}


def server() -> EmbeddedServer:
    """The server of this process's instance; none is started by asking."""
    home = instance.home()
    return _servers.setdefault(home, EmbeddedServer(home))
