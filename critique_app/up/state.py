"""What `make up` has done already, so that the second start does only what changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from critique_app.instance import CODE_FOLDER


class State:
    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._done: dict[str, str] = json.loads(file.read_text())
        except (FileNotFoundError, ValueError):
            self._done = {}  # nothing is lost by doing everything once more

    def once(self, step: str, fingerprint: str, do: Callable[[], None]) -> None:
        """Do the step unless it was done, to its end, with the same fingerprint."""
        if self._done.get(step) == fingerprint:
            return
        do()
        self._done[step] = fingerprint
        self._file.write_text(json.dumps(self._done, indent=1))


def fingerprint_of(patterns: Iterable[str], *more: str) -> str:
    """Of the contents of the code's files that match, and of what else the step depends on."""
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(CODE_FOLDER.glob(pattern)):
            if path.is_file():
                digest.update(str(path.relative_to(CODE_FOLDER)).encode() + b"\0" + path.read_bytes() + b"\0")
    for text in more:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()
