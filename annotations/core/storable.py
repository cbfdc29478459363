"""Text that PostgreSQL cannot hold: NUL and lone surrogates are errors of the record, told by the field's path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from annotations.core.codec import FieldError

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def unstorable_text(record: Any, path: str = "") -> Iterator[FieldError]:
    """One error for each text, key or value, anywhere in the record that holds NUL or a lone surrogate.

    record: a dataclass of the schema, or plain JSON values.
    """
    if isinstance(record, str):
        if found := _UNSTORABLE.search(record):
            yield FieldError(
                path,
                "text without NUL and without half a surrogate pair (remove the character or repair the encoding)",
                f"U+{ord(found.group()):04X} at code point {found.start()}",
            )
    elif is_dataclass(record):
        for each in fields(record):
            yield from unstorable_text(getattr(record, each.name), _below(path, each.name))
    elif isinstance(record, dict):
        for key, value in record.items():
            yield from unstorable_text(key, _below(path, ascii(key)))
            yield from unstorable_text(value, _below(path, str(key)))
    elif isinstance(record, (list, tuple)):
        for index, value in enumerate(record):
            yield from unstorable_text(value, _below(path, str(index)))


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
