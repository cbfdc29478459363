"""The system user that PostgreSQL runs as: ourselves, or an unprivileged one when we are root (which it refuses)."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACCOUNT = "second-look"


@dataclass(frozen=True)
class SystemUser:
    uid: int
    gid: int
    is_other: bool
    """Whether it is somebody else than the user of this process."""

    def popen_options(self) -> dict[str, Any]:
        """What `subprocess` needs to start a program as this user, out of reach of the terminal's Ctrl-C."""
        options: dict[str, Any] = {"cwd": "/", "start_new_session": True, "stdin": subprocess.DEVNULL}
        if self.is_other:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def can(self, test: str, path: Path) -> bool:
        """Ask the kernel, as this user, whether the path passes a `test` flag (`-x`: enter or run, `-r`: read)."""
        done = subprocess.run(["/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)], **self.popen_options())
        return done.returncode == 0

    def own(self, path: Path) -> None:
        if self.is_other:
            os.chown(path, self.uid, self.gid)


def server_user() -> SystemUser:
    """Who runs the server; as root, the account `second-look` (made when missing), else `nobody`."""
    if os.geteuid() != 0:
        return SystemUser(os.geteuid(), os.getegid(), is_other=False)
    for name in (ACCOUNT, "nobody"):
        if name == ACCOUNT:
            _make_account()
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemUser(entry.pw_uid, entry.pw_gid, is_other=True)
    raise OSError(f"No user {ACCOUNT} or nobody on this machine; add one: useradd --system {ACCOUNT}")


def _make_account() -> None:
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        useradd = shutil.which("useradd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if useradd:
            # Two first starts at once: the second useradd fails, and the account is there all the same.
            subprocess.run(
                [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],
                check=False,
                capture_output=True,
            )
