"""Which processes use the embedded server: a file of process ids, so that the last one to leave stops it."""

from __future__ import annotations

import json
from pathlib import Path

import psutil


class Holders:
    """To be used under the cluster's lock; a process that died without saying so does not count."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def add(self, pid: int) -> None:
        self._write([*self._alive(except_pid=pid), (pid, psutil.Process(pid).create_time())])

    def remove(self, pid: int) -> None:
        self._write(self._alive(except_pid=pid))

    def others(self, pid: int) -> list[int]:
        return [other for other, _ in self._alive(except_pid=pid)]

    def _alive(self, except_pid: int) -> list[tuple[int, float]]:
        return [(pid, born) for pid, born in self._read() if pid != except_pid and _lives(pid, born)]

    def _read(self) -> list[tuple[int, float]]:
        try:
            return [(int(pid), float(born)) for pid, born in json.loads(self._file.read_text())]
        except (FileNotFoundError, ValueError):
            return []  # a file cut off by a full disk or a crash names nobody

    def _write(self, entries: list[tuple[int, float]]) -> None:
        self._file.write_text(json.dumps(entries))


def _lives(pid: int, born: float) -> bool:
    """The same process, and not a later one with its number."""
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - born) < 2 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
