"""A table: CSV, TSV, JSON, JSONL or Parquet, one row a problem or a response, columns by a mapping.

Which it is shows in the file. Of a CSV every value is text, "" is none; the delimiter is told by its first line.
Rows with the same question and image, or the same key of a problem, are responses of one problem.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from annotations.core.codec import FieldError
from annotations.importers.base import ImportFormat, RecordError, Source
from annotations.importers.foreign import Foreign, ForeignRecord, refused
from annotations.importers.json_records import Found, json_records
from annotations.importers.lines import MAX_LINE_BYTES
from annotations.importers.mapped import read_mapped
from annotations.importers.parquet_rows import is_parquet, parquet_rows

TOOL = "table"
_DELIMITERS = (",", "\t", ";", "|")


def foreign(source: Source) -> Iterator[Foreign]:
    for found in rows(source.file):
        if found.record is None:
            yield refused(found.number, found.error)
        elif not found.record:
            yield RecordError(found.number, "", "at least one column", "none")
        else:
            yield ForeignRecord(
                number=found.number, end=found.end, key="", fields=found.record, record=found.record
            )  # fmt: skip


def rows(file: BinaryIO) -> Iterator[Found]:
    """Every row, whatever the file."""
    if is_parquet(file):
        return parquet_rows(file)
    head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    if head.startswith((b"{", b"[")):
        return json_records(file, key_field="key")
    return _separated(file)


def _separated(file: BinaryIO) -> Iterator[Found]:
    """Numbered by line, as an editor shows it; of a row over several lines, its first. A broken quote ends the file."""
    csv.field_size_limit(MAX_LINE_BYTES)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    number = line = 1
    try:
        first = text.readline(1_000_000)
        text.seek(0)
        table = csv.reader(text, delimiter=max(_DELIMITERS, key=first.count), strict=True)
        header: list[str] | None = None
        for cells in table:
            number, line = line, table.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells)
                continue
            yield _row(header, cells, number, file)
    except FieldError as error:  # of the first line
        yield Found(number, file.tell(), error=error)
    except (csv.Error, UnicodeDecodeError) as error:
        yield Found(line, file.tell(), error=FieldError("", "a table in UTF-8", str(error)[:200]))
    finally:
        text.detach()


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if "" in names or len(set(names)) != len(names):
        raise FieldError("", "a first line that names each column once", ", ".join(map(repr, names))[:120])
    return names


def _row(header: list[str], cells: list[str], number: int, file: BinaryIO) -> Found:
    if len(cells) != len(header):
        expected = f"{len(header)} cells, as the first line has"
        return Found(number, file.tell(), error=FieldError("", expected, f"{len(cells)}"))
    record: dict[str, Any] = {name: cell for name, cell in zip(header, cells, strict=True) if cell != ""}
    return Found(number, file.tell(), record=record or {header[0]: None})


FORMAT = ImportFormat(
    name=TOOL,
    title="Table (CSV, TSV, JSON, JSONL, Parquet)",
    help="Any table of questions, chains and labels, alone or in a zip with its images; columns by a mapping.",
    suffixes=(".csv", ".tsv", ".json", ".jsonl", ".parquet", ".zip"),
    read=read_mapped(TOOL, foreign),
    foreign=foreign,
)
