"""A file without the commas before a closing bracket, which JSON does not know and doccano's own examples have.

The commas become blanks, so that places in the file stay the same. Nothing inside of a string is touched.
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO

_WITH_COMMA = re.compile(rb'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])', re.DOTALL)
MAX_BYTES = 64 * 1024 * 1024
_PEEK = 64 * 1024


def without_trailing_commas(file: BinaryIO) -> BinaryIO:
    """The file itself, unless its beginning has such a comma; then a copy, of a file of at most 64 MB."""
    head = file.read(_PEEK)
    file.seek(0)
    if not _has_one(head):
        return file
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        file.seek(0)
        return file
    return io.BytesIO(_WITH_COMMA.sub(lambda found: b" " if found.group() == b"," else found.group(), content))


def _has_one(head: bytes) -> bool:
    return any(found.group() == b"," for found in _WITH_COMMA.finditer(head))
