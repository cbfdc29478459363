"""Lines of a JSONL file, bounded: a line that is too long, not UTF-8 or not JSON is an error of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from annotations.core.codec import FieldError
from annotations.core.storable import unstorable_text

MAX_LINE_BYTES = 96 * 1024 * 1024  # three images of the largest size, as base64
_CHUNK = 1024 * 1024
_MAYBE_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|\0")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """`text` is None where the line was longer than allowed; `end` counts the bytes read up to here."""

    number: int
    end: int
    text: bytes | None


def lines(file: BinaryIO, max_bytes: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Every line that is not blank. Of a line that is too long nothing is kept."""
    end = 0
    number = 0
    while text := file.readline(max_bytes + 1):
        number += 1
        end += len(text)
        if len(text) > max_bytes and not text.endswith(b"\n"):
            end += _skip_rest(file)
            yield Line(number, end, None)
            continue
        if number == 1:
            text = text.removeprefix(_BYTE_ORDER_MARK)
        if not text.isspace() and text:
            yield Line(number, end, text)


def _skip_rest(file: BinaryIO) -> int:
    skipped = 0
    while part := file.readline(_CHUNK):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped


def bounded(line: Line, max_bytes: int = MAX_LINE_BYTES) -> bytes:
    """The line's bytes. Raises FieldError for a line that was too long."""
    if line.text is None:
        raise FieldError("", f"a line of at most {max_bytes // 1024**2} MB", "a longer one; split the record")
    return line.text


def decode(content: bytes) -> dict[str, Any]:
    """The JSON object on one line. Raises FieldError, with the column where the JSON ends to be JSON."""
    try:
        value = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise FieldError("", "text in UTF-8", f"the byte 0x{content[error.start]:02X} at {error.start}") from error
    except json.JSONDecodeError as error:
        raise FieldError("", "one JSON object on one line", f"{error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise FieldError("", "JSON of a sensible depth", "a value nested too deeply") from error
    if not isinstance(value, dict):
        raise FieldError("", "a JSON object", type_name(value))
    return value


def unstorable(content: bytes, record: Any) -> list[FieldError]:
    """Every text of the record that the database cannot hold; quick, since the line shows if there may be one."""
    return list(unstorable_text(record)) if _MAYBE_UNSTORABLE.search(content) else []


def _refuse_constant(name: str) -> None:
    raise FieldError("", "a number that JSON knows", name)


def type_name(value: Any) -> str:
    """What a JSON value is, in JSON's words."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return names[type(value)]
