"""Images into private storage: the original byte for byte, a rendition beside it, one of each per project and content.

Files are written while the rows' transaction is still open. What is written is noted first, so that a transaction that
does not commit, or a process that died in one and was followed by another that failed, leaves no file behind.
"""

from __future__ import annotations

import base64
import binascii
import tempfile
from itertools import islice
from types import TracebackType
from typing import Self
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from annotations.core import schema
from annotations.core.ids import new_id
from annotations.core.images import CheckedImage, ImageError
from annotations.importers.beside import Beside
from annotations.models import Image

ORIGINAL = ".orig"
RENDITION_SUFFIXES = (".jpg", ".png")


def image_bytes(image: schema.Image, beside: Beside | None) -> bytes | None:
    """What the record says the image is: bytes inside it, or a file beside it (a folder's, or an archive's).

    None where only a hash is given: then the project must hold the image already. Raises ImageError.
    """
    if image.base64:
        try:
            return base64.b64decode(image.base64, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ImageError("base64 of the image's bytes", str(error)) from error
    if image.sha256 and (beside is None or not image.path):
        return None
    if not image.path:
        raise ImageError("an image's bytes (base64), its path or its sha256", "none of them")
    if beside is None:
        expected = "the image inside the record (base64), or a zip of the file and its images"
        raise ImageError(expected, f"{image.path}, and an upload has no folder beside it")
    return beside.read(image.path)


class ImageFiles:
    """`with ImageFiles(project_id) as files:` … `files.store(checked)`; `files.remove_orphans()` after a rollback."""

    def __init__(self, project_id: UUID) -> None:
        self.project_id = project_id

    def __enter__(self) -> Self:
        self._noted = tempfile.TemporaryFile("w+")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._noted.close()

    def store(self, checked: CheckedImage, content: bytes) -> Image:
        """Writes both files; returns the image's unsaved row."""
        self._noted.write(checked.sha256 + "\n")
        stem = self._stem(checked.sha256)
        return Image(
            id=new_id(),
            project_id=self.project_id,
            sha256=checked.sha256,
            media_type=checked.media_type,
            byte_size=checked.byte_size,
            width=checked.width,
            height=checked.height,
            original_key=_write(f"{stem}{ORIGINAL}", content),
            rendition_key=_write(f"{stem}{checked.rendition.suffix}", checked.rendition.content),
        )

    def remove_orphans(self) -> int:
        """Removes every noted file that no row of the project names; returns how many images that were.

        Call it in a transaction that keeps other imports of the project out.
        """
        self._noted.seek(0)
        orphans = 0
        while noted := [line.strip() for line in islice(self._noted, 500)]:
            kept = set(Image.objects.filter(project=self.project_id, sha256__in=noted).values_list("sha256", flat=True))
            for sha256 in set(noted) - kept:
                orphans += 1
                for suffix in (ORIGINAL, *RENDITION_SUFFIXES):
                    default_storage.delete(f"{self._stem(sha256)}{suffix}")
        self._noted.seek(0)
        self._noted.truncate()
        return orphans

    def _stem(self, sha256: str) -> str:
        return f"images/{self.project_id}/{sha256[:2]}/{sha256}"


def _write(key: str, content: bytes) -> str:
    """Writes under exactly this key. A file without a row is what a killed process left, perhaps half of it."""
    if default_storage.exists(key):
        default_storage.delete(key)
    return default_storage.save(key, ContentFile(content))
