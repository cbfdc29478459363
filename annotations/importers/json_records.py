"""JSON objects out of a file, one at a time, however the file holds them: JSONL, one list, one object by key, or many.

Others' data comes as JSONL, as one JSON list, as one object whose keys are ids (MR-Ben, MathVista), and as objects
pretty-printed one after the other (doccano). Which it is shows in the first bytes. Memory holds one record at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO

import ijson
from ijson.common import IncompleteJSONError, JSONError

from annotations.core.codec import FieldError
from annotations.core.schema import Problem
from annotations.core.storable import unstorable_text
from annotations.importers.base import Located, Outcome, RecordError, Source
from annotations.importers.lines import bounded, decode, lines, type_name

_PEEK = 64 * 1024
_OBJECT_BY_KEY = re.compile(rb'\{\s*"[^"]*"\s*:\s*\{')
Parse = Callable[[dict[str, Any]], Problem]


@dataclass(frozen=True, slots=True)
class Found:
    """A record, or what was wrong with it. `number` is its line in JSONL, else its place in the file, from 1."""

    number: int
    end: int  # bytes read up to here
    record: dict[str, Any] | None = None
    error: FieldError | None = None


def read_by(parse: Parse, *, key_field: str = "") -> Callable[[Source], Iterator[Outcome]]:
    """An importer's `read` for records that each make one problem.

    `key_field` names the field that takes the key where the file is one object by key.
    """

    def read(source: Source) -> Iterator[Outcome]:
        for found in json_records(source.file, key_field=key_field):
            if found.record is None:
                yield RecordError.of(found.number, found.error or FieldError("", "a JSON object", "none"))
                continue
            try:
                problem = parse(found.record)
            except FieldError as error:
                yield RecordError.of(found.number, error)
                continue
            errors = list(unstorable_text(found.record))
            yield from (RecordError.of(found.number, error) for error in errors)
            if not errors:
                yield Located(found.number, found.end, problem)

    return read


def json_records(file: BinaryIO, *, key_field: str = "") -> Iterator[Found]:
    """Every object of the file. After JSON that is broken in a list or an object by key, nothing more can be read."""
    head = file.read(_PEEK)
    file.seek(0)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        yield from _streamed(file, ijson.items(_Unmarked(file), "item"))
    elif key_field and _OBJECT_BY_KEY.match(start):
        yield from _streamed(file, _keyed(file, key_field))
    elif _first_line_is_whole(start) or not start:
        yield from _jsonl(file)
    else:
        yield from _streamed(file, ijson.items(_Unmarked(file), "", multiple_values=True))


def _first_line_is_whole(start: bytes) -> bool:
    """Also where the first line is longer than what was looked at, or is no JSON: then the line tells its own error."""
    line, newline, _ = start.partition(b"\n")
    if not newline and len(start) >= _PEEK - 3:
        return not line.lstrip(b"{ \t").startswith((b"\r", b"\n"))
    try:
        json.loads(line)
    except ValueError:
        return line.strip() not in (b"{", b"") and line.rstrip().endswith(b"}")
    return True


def _jsonl(file: BinaryIO) -> Iterator[Found]:
    for line in lines(file):
        try:
            yield Found(line.number, line.end, record=decode(bounded(line)))
        except FieldError as error:
            yield Found(line.number, line.end, error=error)


def _keyed(file: BinaryIO, key_field: str) -> Iterator[Any]:
    for key, value in ijson.kvitems(_Unmarked(file), ""):
        yield {key_field: key, **value} if isinstance(value, Mapping) and key_field not in value else value


def _streamed(file: BinaryIO, values: Iterator[Any]) -> Iterator[Found]:
    number = 0
    while True:
        number += 1
        try:
            value = next(values)
        except StopIteration:
            return
        except (IncompleteJSONError, JSONError, UnicodeDecodeError) as error:
            told = " ".join(str(error).split())[:200]
            yield Found(number, file.tell(), error=FieldError("", "JSON", f"{told}; nothing after it was read"))
            return
        if isinstance(value, dict):
            yield Found(number, file.tell(), record=_with_floats(value))
        else:
            yield Found(number, file.tell(), error=FieldError("", "a JSON object", type_name(_with_floats(value))))


def _with_floats(value: Any) -> Any:
    """As `json` reads numbers; ijson's own floats come only with integers of 64 bits at most."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _with_floats(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_floats(part) for part in value]
    return value


class _Unmarked:
    """The file without a byte order mark, which ijson takes for JSON gone wrong."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.begun = file, False

    def read(self, size: int = -1) -> bytes:
        content = self.file.read(size)
        if not self.begun and content:
            self.begun = True
            content = content.removeprefix(b"\xef\xbb\xbf")
        return content
