"""Values of a field that may come in several forms: a list as JSON text, an image as path, bytes, address."""

from __future__ import annotations

import ast
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from annotations.core.codec import FieldError
from annotations.core.schema import Image
from annotations.importers import fields
from annotations.importers.base import Note

BY_ADDRESS = Note("dropped", "image by address: the server fetches nothing")
_DATA_URL = re.compile(r"data:image/[a-z0-9.+-]+;base64,", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]{200,}={0,2}\s*\Z")
_ADDRESS = re.compile(r"(?:https?|s3|gs|azure-blob|ftp)://", re.IGNORECASE)
_LOCAL_FILES = "/data/local-files/"  # Label Studio's own storage
_TEXT_KEYS = ("text", "step", "content", "value")


def listed(record: Mapping[str, Any], column: str) -> list[Any]:
    """A list, also one that came as text (JSON or Python's), and the texts of objects that hold one each.

    Raises FieldError.
    """
    value = record.get(column)
    if isinstance(value, str):
        value = _read_list(value, column)
    if value is None:
        return []
    return [_text_in(item) for item in fields.listed(value, column)]


def _read_list(text: str, column: str) -> Any:
    if not text.strip():
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(found, list | tuple):
            return list(found)
    raise FieldError(column, "a list (as JSON)", repr(text)[:80])


def _text_in(item: Any) -> Any:
    """Label Studio's paragraphs and others: {"author": …, "text": …}."""
    if isinstance(item, Mapping):
        return next((item[key] for key in _TEXT_KEYS if isinstance(item.get(key), str)), item)
    return item


def texts_of(value: Any, column: str) -> list[str]:
    """Texts, from a list, a JSON list, an object (its values), or one text by lines or bars; none from null."""
    if value is None or value == "":
        return []
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            return [fields.as_text(item) or "" for item in _read_list(value, column)]
        parts = value.split("\n") if "\n" in value else value.split("|")
        return [part.strip() for part in parts if part.strip()]
    if not isinstance(value, list | tuple):
        return [fields.as_text(value) or ""]
    return [fields.as_text(item) or "" for item in value]


def images_of(value: Any, column: str) -> Iterator[Image | Note]:
    """Images by bytes or path; a note for each that is an address. Raises FieldError."""
    if value is None or value == "":
        return
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from images_of(item, f"{column}.{index}")
    elif isinstance(value, Mapping):
        if value.get("bytes"):
            yield Image(base64=fields.text(value["bytes"], f"{column}.bytes"))
        else:
            yield from images_of(value.get("path") or value.get("url"), column)
    else:
        yield _image(fields.text(value, column))


def _image(text: str) -> Image | Note:
    if data := _DATA_URL.match(text):
        return Image(base64=text[data.end() :])
    if _ADDRESS.match(text):
        return BY_ADDRESS
    if len(text) > 200 and _BASE64.match(text):
        return Image(base64="".join(text.split()))
    if text.startswith(_LOCAL_FILES):
        inside = parse_qs(urlsplit(text).query).get("d", [""])[0]
        return Image(path=inside or posixpath.basename(text))
    return Image(path=posixpath.basename(text) if text.startswith("/") else text)
