"""The sink of a publication: rows into files of a folder, hashed, counted and indexed on the way."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow
import pyarrow.parquet

from annotations.exporters.base import CriticSource
from annotations.exporters.features import Columns, arrow_schema
from annotations.verbs.row_index import RowIndex

GROUP_ROWS = 1000  # of Parquet's row groups, unless their bytes come first
GROUP_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class WrittenFile:
    """A file being written, hashed and counted on the way; one JSON line a row.

    columns: of a table, empty for what is free JSON. index: notes each row.
    """

    name: str
    path: Path
    stream: IO[bytes]
    rows: int = 0
    byte_size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    media_type: str = "application/jsonl"
    critic: CriticSource | None = None
    columns: Columns = field(default_factory=dict)
    index: RowIndex | None = None

    def write(self, row: Mapping[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_base64).encode()
        self.append(line + b"\n")
        if self.index:
            self.index.add(row, line, self.name, self.rows)
        self.rows += 1

    def append(self, content: bytes) -> None:
        self.stream.write(content)
        self.digest.update(content)
        self.byte_size += len(content)

    def end(self) -> None:
        """What is left to be written when the last row is."""


def _base64(value: Any) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"expected JSON or bytes, found {type(value).__name__}")
    return base64.b64encode(value).decode("ascii")


@dataclass(slots=True)
class ParquetFile(WrittenFile):
    """Rows are gathered into row groups, so that memory is one group's."""

    media_type: str = "application/vnd.apache.parquet"
    _gathered: list[Mapping[str, Any]] = field(default_factory=list)
    _gathered_bytes: int = 0
    _writer: Any = None

    def write(self, row: Mapping[str, Any]) -> None:
        self._gathered.append(row)
        self._gathered_bytes += _size(row)
        if self.index:
            self.index.add(row, None, self.name, self.rows)
        self.rows += 1
        if len(self._gathered) >= GROUP_ROWS or self._gathered_bytes >= GROUP_BYTES:
            self._flush()

    def end(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._writer is None:
            sink = pyarrow.PythonFile(_Appending(self), mode="w")
            self._writer = pyarrow.parquet.ParquetWriter(sink, arrow_schema(self.columns), compression="zstd")
        if self._gathered:
            self._writer.write_table(pyarrow.Table.from_pylist(self._gathered, schema=self._writer.schema))
        self._gathered, self._gathered_bytes = [], 0


class _Appending:
    """As much of a file as Arrow's writer asks for: it only ever appends."""

    closed = False

    def __init__(self, file: WrittenFile) -> None:
        self.file = file

    def write(self, content: Any) -> int:
        self.file.append(bytes(content))
        return len(content)

    def tell(self) -> int:
        return self.file.byte_size

    def flush(self) -> None:
        self.file.stream.flush()

    def close(self) -> None:
        self.closed = True


def _size(value: Any) -> int:
    """Roughly, in bytes: texts and images, which are what there may be much of."""
    if isinstance(value, (str, bytes)):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_size, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(_size, value))
    return 8


class SnapshotFolder:
    """An exporter's `Sink`: the files, and what the manifest tells of them. Whole once it is left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.critics: tuple[CriticSource, ...] = ()
        self.index = RowIndex()
        self.skipped: Counter[str] = Counter()
        self.counted: dict[str, Counter[str]] = {}
        self._files: dict[str, WrittenFile] = {}
        self._streams = ExitStack()

    def __enter__(self) -> SnapshotFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        with self._streams:
            if kind is None:
                for file in self._files.values():
                    file.end()

    def file(self, name: str, critic: CriticSource | None = None, columns: Columns | None = None) -> WrittenFile:
        if name not in self._files:
            parts = PurePosixPath(name).parts
            if len(parts) > 2 or ".." in parts or name.startswith("/"):
                raise ValueError(f"file {name}: expected a plain name, or one folder and a name")
            path = self.folder / f"{len(self._files)}.rows"
            stream = self._streams.enter_context(path.open("wb"))
            kind = ParquetFile if name.endswith(".parquet") else WrittenFile
            self._files[name] = kind(
                name=name, path=path, stream=stream, critic=critic, columns=columns or {}, index=self.index
            )
        return self._files[name]

    def count(self, column: str, value: str) -> None:
        self.counted.setdefault(column, Counter())[value] += 1

    def skip(self, why: str, count: int = 1) -> None:
        self.skipped[why] += count

    def written(self) -> list[WrittenFile]:
        return list(self._files.values())
