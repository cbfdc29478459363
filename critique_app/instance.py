"""The instance folder: database, media, secrets and logs of one installation.

It is `instance/` beside `manage.py`, or `$SECOND_LOOK_HOME`. Others may pass through it (mode 711: a system user runs
PostgreSQL below it) but see nothing; the folders in it are closed (700), the secrets too (600).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from critique_app import environment

CODE_FOLDER = Path(__file__).resolve().parent.parent


class InstanceError(ImproperlyConfigured):
    """The instance cannot be used; the message is one sentence that says what to do."""


def home() -> Path:
    """The instance folder, made when missing; raises `InstanceError` when it cannot be made or written."""
    path = Path(environment.text("SECOND_LOOK_HOME", str(CODE_FOLDER / "instance"))).expanduser().absolute()
    if not path.is_dir():
        try:
            path.mkdir(parents=True, mode=0o711)
        except OSError as problem:
            raise InstanceError(
                f"The instance folder {path} cannot be made ({problem.strerror}); "
                "choose another one with SECOND_LOOK_HOME, or make it writable."
            ) from problem
    if not os.access(path, os.W_OK | os.X_OK):
        raise InstanceError(
            f"The instance folder {path} is not writable for this user; "
            "run as its owner, or choose another one with SECOND_LOOK_HOME."
        )
    return path


def folder(name: str, at: Path | None = None) -> Path:
    """A closed folder of the instance (mode 700), made when missing; of this process's instance unless told."""
    path = (at or home()) / name
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        raise InstanceError(
            f"Expected a folder at {path}, but it cannot be made ({problem.strerror}); move away what is there."
        ) from problem
    return path


def secret(name: str, at: Path | None = None, length_bytes: int = 32) -> str:
    """The instance's secret of that name, in hexadecimal; made by whoever asks first, kept in mode 600."""
    path = folder("secrets", at) / name
    if not path.exists():
        _write_once(path, secrets.token_hex(length_bytes))
    try:
        value = path.read_text().strip()
    except OSError as problem:
        raise InstanceError(
            f"The secret {path} cannot be read ({problem.strerror}); run as the owner of the instance."
        ) from problem
    if not value:
        raise InstanceError(f"The secret {path} is empty; restore it from a back-up of the instance folder.")
    return value


def _write_once(path: Path, value: str) -> None:
    """Linked into place whole, so that a second process never reads half of it nor makes another one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(value + "\n")
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(name)
    finally:
        Path(name).unlink()
