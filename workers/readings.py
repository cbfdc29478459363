"""The text in images, read once by OCR and kept, for critics whose model has no eyes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from uuid import UUID

from django.core.files.storage import default_storage

from annotations.models import Image
from workers.engines.ocr import OcrLine
from workers.models import ImageReading


def content_of(image: Image) -> bytes:
    """The original, byte for byte; engines turn it upright. Raises OSError where storage has lost it."""
    with default_storage.open(image.original_key) as file:
        return file.read()


def known_lines(images: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The lines of those of the images that have been read."""
    readings = ImageReading.objects.filter(pk__in=list(images)).values_list("pk", "lines")
    return {key: tuple(line["text"] for line in lines) for key, lines in readings}


def keep(image: UUID, lines: tuple[OcrLine, ...]) -> tuple[str, ...]:
    """Stores a reading; where another worker was first, its reading stands. Returns the lines that stand."""
    ImageReading.objects.bulk_create(
        [ImageReading(image_id=image, lines=[asdict(line) for line in lines])], ignore_conflicts=True
    )
    return known_lines([image])[image]
