"""JSON in and out of the schema, strictly, with errors that name the field.

One line of native JSONL is one `Problem`. `SCHEMA_VERSION` changes when a reader of an older file would misread it.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from annotations.core.schema import Critique, Problem

SCHEMA_VERSION = "1"

T = TypeVar("T")

_STRICT = ConfigDict(extra="forbid", ser_json_inf_nan="constants")


class FieldError(ValueError):
    """A record that does not fit: which field, what was expected, what was found."""

    def __init__(self, field: str, expected: str, found: str) -> None:
        self.field, self.expected, self.found = field, expected, found
        super().__init__(f"{field or 'record'}: expected {expected}, found {found}")


def _adapter(of: type[T]) -> TypeAdapter[T]:
    of.__pydantic_config__ = _STRICT  # type: ignore[attr-defined]
    return TypeAdapter(of)


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def adapter(of: type[T]) -> TypeAdapter[T]:
    if of not in _ADAPTERS:
        _ADAPTERS[of] = _adapter(of)
    return _ADAPTERS[of]


def parse(of: type[T], value: Any) -> T:
    """The dataclass from decoded JSON. Raises FieldError for the first field that does not fit."""
    try:
        return adapter(of).validate_python(value)
    except ValidationError as error:
        raise _first(error) from error


def parse_json(of: type[T], text: bytes) -> T:
    """The dataclass from JSON text, converting nothing: 1 is no boolean and "1" no number. Raises FieldError."""
    try:
        return adapter(of).validate_json(text, strict=True)
    except ValidationError as error:
        raise _first(error) from error


def _first(error: ValidationError) -> FieldError:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "json_invalid":
        return FieldError("", "one JSON object on one line", first["msg"].removeprefix("Invalid JSON: "))
    if first["type"] == "unexpected_keyword_argument":
        return FieldError(where, "only fields of the schema (see docs/formats.md)", "an unknown one")
    if first["type"] in ("missing", "missing_argument"):
        return FieldError(where, "a value, since the field is required", "none")
    found = json.dumps(first["input"], ensure_ascii=False, default=str)
    return FieldError(where, first["msg"].removeprefix("Input should be ").lower(), found[:120])


def dump(record: Any) -> dict[str, Any]:
    """Plain JSON values, every field present, in the order of the dataclass."""
    return adapter(type(record)).dump_python(record, mode="json")


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one native line."""
    schema = adapter(Problem).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "version": SCHEMA_VERSION, **schema}


__all__ = [
    "SCHEMA_VERSION",
    "Critique",
    "FieldError",
    "Problem",
    "adapter",
    "dump",
    "json_schema",
    "parse",
    "parse_json",
]
