"""The text in an image, read by RapidOCR (its ONNX models come inside the wheel), for models that have no eyes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

from PIL import Image, ImageOps


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrLine:
    """One line of text; `box` is left, top, right, bottom as fractions of the upright image; `confidence` 0 to 1."""

    text: str
    confidence: float
    box: tuple[float, float, float, float]


class OcrReader:
    """Reads one image at a time, about a second each; the models are loaded at the first. Callers cache by content."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rapid: Any = None

    async def read(self, content: bytes) -> tuple[OcrLine, ...]:
        """The lines of an image file, from top to bottom as found. Raises OSError if Pillow cannot read it."""
        return await asyncio.to_thread(self.read_now, content)

    def read_now(self, content: bytes) -> tuple[OcrLine, ...]:
        with Image.open(BytesIO(content)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        with self._lock:
            found = self._loaded()(upright)
        if found.txts is None:
            return ()
        return tuple(
            OcrLine(text=text, confidence=float(score), box=_fractions(corners, upright.width, upright.height))
            for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
        )

    def _loaded(self) -> Any:
        if self._rapid is None:
            from rapidocr import RapidOCR

            self._rapid = RapidOCR(params={"Global.log_level": "error"})
        return self._rapid


def _fractions(corners: Any, width: int, height: int) -> tuple[float, float, float, float]:
    """The upright box around four corners (4, 2) in pixels, kept inside the image."""
    xs, ys = corners[:, 0] / width, corners[:, 1] / height
    left, top, right, bottom = (min(1.0, max(0.0, float(edge))) for edge in (xs.min(), ys.min(), xs.max(), ys.max()))
    return left, top, right, bottom
