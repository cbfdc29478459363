"""Images that came from outside: checked, bounded, measured, and drawn anew for browsers.

The bytes that came are what a dataset is about and are never changed; a browser only ever gets a rendition, decoded and
encoded again here, upright, without metadata. Plain Python with Pillow.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000  # 150 MB once decoded
RENDITION_SIDE = 2048  # pixels of the longer side
JPEG_QUALITY = 90

MEDIA_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
}


class ImageError(ValueError):
    """Bytes that are no image we take: what was expected, what was found."""

    def __init__(self, expected: str, found: str) -> None:
        self.expected, self.found = expected, found
        super().__init__(f"expected {expected}, found {found}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    content: bytes
    media_type: str

    @property
    def suffix(self) -> str:
        return ".jpg" if self.media_type == "image/jpeg" else ".png"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedImage:
    """`width` and `height` are pixels of the upright image (EXIF orientation applied), before any scaling."""

    sha256: str
    media_type: str
    byte_size: int
    width: int
    height: int
    rendition: Rendition


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def check_size(byte_size: int) -> None:
    """Raises ImageError for more bytes than an image may have; to be asked before they are read."""
    if byte_size > MAX_BYTES:
        raise ImageError(f"an image of at most {MAX_BYTES // 1024**2} MB (make it smaller)", f"{byte_size:,} bytes")


def check_image(content: bytes) -> CheckedImage:
    """Decodes the whole image (of an animation the first frame) and draws its rendition. Raises ImageError.

    Nothing is decoded before its size in pixels is known to be within bounds, so a small file cannot fill the memory.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    check_size(len(content))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own bound is tighter
            with Image.open(io.BytesIO(content), formats=list(MEDIA_TYPES)) as image:
                _check_pixels(*image.size)
                image.load()
                upright = ImageOps.exif_transpose(image)
                return CheckedImage(
                    sha256=sha256_of(content),
                    media_type=MEDIA_TYPES[str(image.format)],
                    byte_size=len(content),
                    width=upright.width,
                    height=upright.height,
                    rendition=_rendition(upright, lossy=image.format == "JPEG"),
                )
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(f"an image of at most {MAX_PIXELS:,} pixels (make it smaller)", "a far larger one") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"an image ({', '.join(MEDIA_TYPES)})", _first_bytes(content)) from error
    except Exception as error:  # a decoder that is fed garbage may raise anything
        raise ImageError("an image that can be decoded (open it and save it again)", f"{error}"[:120]) from error


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ImageError(f"an image of at most {MAX_PIXELS:,} pixels (make it smaller)", f"{width} × {height}")


def _first_bytes(content: bytes) -> str:
    return f"bytes that begin with {content[:12]!r}" if content else "no bytes"


def _rendition(upright: Image, *, lossy: bool) -> Rendition:
    """A photograph stays JPEG; everything else, drawings and text above all, becomes PNG and keeps every pixel."""
    from PIL import Image

    drawn = _browser_mode(upright)
    if max(drawn.size) > RENDITION_SIDE:
        drawn.thumbnail((RENDITION_SIDE, RENDITION_SIDE), Image.Resampling.LANCZOS)
    drawn.info = {}  # no EXIF, comments or colour profile go out
    out = io.BytesIO()
    if lossy:
        drawn.convert("RGB").save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
        return Rendition(content=out.getvalue(), media_type="image/jpeg")
    drawn.save(out, "PNG")
    return Rendition(content=out.getvalue(), media_type="image/png")


def _browser_mode(image: Image) -> Image:
    """A copy in a mode that every browser shows: 8 bits a channel, grey or RGB, transparency kept."""
    if image.mode.startswith("I") or image.mode == "F":
        low, high = image.getextrema()
        scale = 255 / (float(high) - float(low) or 1)  # type: ignore[arg-type]
        return image.convert("F").point(lambda value: (value - float(low)) * scale).convert("L")  # type: ignore[arg-type]
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
