"""A part of a stored file, in blocks: from the disk by seeking, from an S3-compatible store by asking for that part.

Django's file object for S3 fetches the whole object before its first byte; eight pullers of one gigabyte by ranges
would fetch it eight times and more.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.core.files.storage import default_storage

BLOCK = 256 * 1024  # bytes


def blocks(key: str, start: int, length: int) -> Iterator[bytes]:
    """`length` bytes from `start`. Opened with the first block, closed with the last or when the reader goes away."""
    if not length:
        return
    bucket = getattr(default_storage, "bucket", None)
    if bucket is None:
        with default_storage.open(key) as stored:
            stored.seek(start)
            while length and (block := stored.read(min(BLOCK, length))):
                length -= len(block)
                yield block
        return
    body = bucket.Object(key).get(Range=f"bytes={start}-{start + length - 1}")["Body"]
    try:
        yield from body.iter_chunks(BLOCK)
    finally:
        body.close()
