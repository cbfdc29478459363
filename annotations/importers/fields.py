"""Fields of a decoded JSON object, asked for by type; what does not fit raises a FieldError that names the field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from annotations.core.codec import FieldError
from annotations.importers.lines import type_name


def require(record: Mapping[str, Any], name: str, path: str = "") -> Any:
    if name not in record:
        raise FieldError(path + name, "a value, since the field is required", "none")
    return record[name]


def text(value: Any, path: str) -> str:
    return _of(str, "text", value, path)


def flag(value: Any, path: str) -> bool:
    return _of(bool, "true or false", value, path)


def verdict_flag(value: Any, path: str) -> bool | None:
    return None if value is None else _of(bool, "true, false or null", value, path)


def listed(value: Any, path: str) -> list[Any]:
    return _of(list, "a list", value, path)


def mapping(value: Any, path: str) -> dict[str, Any]:
    return _of(dict, "an object", value, path)


def texts(value: Any, path: str) -> tuple[str, ...]:
    return tuple(text(item, f"{path}.{index}") for index, item in enumerate(listed(value, path)))


def as_text(value: Any) -> str | None:
    """How a value of any type is shown: text as it is, everything else as JSON; null is None."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _of(kind: type, expected: str, value: Any, path: str) -> Any:
    if not isinstance(value, kind):
        shown = json.dumps(value, ensure_ascii=False)
        raise FieldError(path, expected, f"{type_name(value)}: {shown[:80]}")
    return value
