"""The report of an import: every bad record with line, field, expected and found, as CSV, on disk and not in memory."""

from __future__ import annotations

import csv
import tempfile
from types import TracebackType
from typing import Any, Self

from django.core.files import File
from django.core.files.storage import default_storage

from annotations.importers.base import RecordError

COLUMNS = ("line", "field", "expected", "found")
SHOWN = 20  # errors told on the page and in the shell; the report has all
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Report:
    """`with Report() as report:` … `report.add(error)` … `report.store(key)`. Errors on one line are one bad record."""

    def __init__(self) -> None:
        self.bad_records = 0
        self.first: list[RecordError] = []
        self._last_line = 0

    def __enter__(self) -> Self:
        self._file = tempfile.TemporaryFile("w+", newline="", encoding="utf-8")
        self._rows = csv.writer(self._file)
        self._rows.writerow(COLUMNS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, error: RecordError) -> None:
        if error.line != self._last_line:
            self.bad_records += 1
            self._last_line = error.line
        if len(self.first) < SHOWN:
            self.first.append(error)
        self._rows.writerow([error.line, *map(_as_text, (error.field, error.expected, error.found))])

    def told(self) -> list[dict[str, Any]]:
        """The first errors as plain JSON values."""
        return [{name: getattr(error, name) for name in COLUMNS} for error in self.first]

    def store(self, key: str) -> str:
        """Into private storage; returns the key under which it lies."""
        self._file.flush()
        written = File(self._file.buffer, name="report.csv")  # type: ignore[arg-type]
        return default_storage.save(key, written)


def _as_text(cell: str) -> str:
    """A spreadsheet must not take a cell of somebody's data for a formula; nor can a CSV hold half a surrogate pair."""
    safe = cell.encode("utf-8", "backslashreplace").decode()
    return f"'{safe}" if safe.startswith(_FORMULA_STARTS) else safe
