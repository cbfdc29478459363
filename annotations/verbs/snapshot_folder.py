"""The sink of a publication: rows into files of a temporary folder, hashed and counted on the way."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from annotations.exporters.base import CriticSource


@dataclass(slots=True)
class WrittenFile:
    """A file being written: each row as one JSON line, hashed and counted on the way."""

    name: str
    path: Path
    stream: IO[bytes]
    rows: int = 0
    byte_size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    media_type: str = "application/jsonl"
    critic: CriticSource | None = None

    def write(self, row: Mapping[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self.stream.write(line)
        self.digest.update(line)
        self.byte_size += len(line)
        self.rows += 1


class SnapshotFolder:
    """An exporter's `Sink`: the files, and what the manifest tells of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.critics: tuple[CriticSource, ...] = ()
        self.skipped: Counter[str] = Counter()
        self._files: dict[str, WrittenFile] = {}
        self._streams = ExitStack()

    def __enter__(self) -> SnapshotFolder:
        return self

    def __exit__(self, *error: object) -> None:
        self._streams.close()

    def file(self, name: str, critic: CriticSource | None = None) -> WrittenFile:
        if name not in self._files:
            parts = PurePosixPath(name).parts
            if len(parts) > 2 or ".." in parts or name.startswith("/"):
                raise ValueError(f"file {name}: expected a plain name, or one folder and a name")
            path = self.folder / f"{len(self._files)}.rows"
            stream = self._streams.enter_context(path.open("wb"))
            self._files[name] = WrittenFile(name=name, path=path, stream=stream, critic=critic)
        return self._files[name]

    def skip(self, why: str, count: int = 1) -> None:
        self.skipped[why] += count

    def written(self) -> list[WrittenFile]:
        return list(self._files.values())
