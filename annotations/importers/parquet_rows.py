"""Rows of a Parquet file, a batch at a time; bytes become base64, so that a row looks like a record of JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow
import pyarrow.parquet

from annotations.core.codec import FieldError
from annotations.importers.json_records import Found

MAGIC = b"PAR1"
BATCH_ROWS = 64


def is_parquet(file: BinaryIO) -> bool:
    head = file.read(len(MAGIC))
    file.seek(0)
    return head == MAGIC


def parquet_rows(file: BinaryIO) -> Iterator[Found]:
    """Every row, numbered from 1. A file that cannot be read is one error, after what was read before it."""
    number = 0
    try:
        for batch in pyarrow.parquet.ParquetFile(file).iter_batches(batch_size=BATCH_ROWS):
            for row in batch.to_pylist():
                number += 1
                yield Found(number, file.tell(), record=_plain(row))
    except (pyarrow.ArrowInvalid, OSError) as error:
        yield Found(number + 1, file.tell(), error=FieldError("", "a whole Parquet file", str(error)[:200]))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
