"""A stored file over HTTP with HEAD, one byte range, and validators: what an interrupted pull needs to go on.

RFC 9110, sections 13 (conditions) and 14 (ranges). Several ranges in one request are answered with the whole file, as
the RFC allows. Never compressed: a range means bytes of the file itself.
"""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import parse_etags

from annotations.models import SnapshotFile
from annotations.verbs.stored_bytes import blocks

FOR_EVER = "private, max-age=31536000, immutable"  # a year, as long as caches believe
_ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})\Z", re.IGNORECASE)


class UnsatisfiableRange(Exception):
    """The range begins behind the end of the file."""


def wanted_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and number of bytes, or None for the whole file. Raises UnsatisfiableRange."""
    match = _ONE_RANGE.match(header.strip())
    if not match or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        if not length:
            raise UnsatisfiableRange
        return size - length, length
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    if start >= size:
        raise UnsatisfiableRange
    return start, end - start + 1


def serve(request: HttpRequest, file: SnapshotFile) -> HttpResponseBase:
    """200, 206, 304 or 416 for an immutable file whose strong validator is its SHA-256."""
    etag = f'"{file.sha256}"'
    if _is_known(request.headers.get("If-None-Match", ""), etag):
        return _described(HttpResponse(status=304), file, etag)
    header = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        header = ""
    try:
        part = wanted_range(header, file.byte_size)
    except UnsatisfiableRange:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{file.byte_size}"
        return refused
    start, length = part or (0, file.byte_size)
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(status=206 if part else 200)
    else:
        response = StreamingHttpResponse(blocks(file.storage_key, start, length), status=206 if part else 200)
    if part:
        response["Content-Range"] = f"bytes {start}-{start + length - 1}/{file.byte_size}"
    response["Content-Length"] = str(length)
    return _described(response, file, etag)


def _is_known(if_none_match: str, etag: str) -> bool:
    """Weakly compared, as RFC 9110 has it for If-None-Match; `*` is any version of the file."""
    known = {tag.removeprefix("W/") for tag in parse_etags(if_none_match)}
    return "*" in known or etag in known


def _described(response: HttpResponseBase, file: SnapshotFile, etag: str) -> HttpResponseBase:
    response["Content-Type"] = file.media_type
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = FOR_EVER
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = f'attachment; filename="{file.name.rsplit("/", 1)[-1]}"'
    return response
