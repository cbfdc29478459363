"""Images from outside: bounded, upright, drawn anew. All constructed."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from annotations.core import images
from annotations.core.images import ImageError, check_image
from tests.builders import png


def encoded(picture: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def decoded(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_allowed_format_is_measured_and_drawn(format):
    checked = check_image(encoded(Image.new("RGB", (30, 20), "red"), format))
    assert (checked.width, checked.height, checked.media_type) == (30, 20, images.MEDIA_TYPES[format])
    assert decoded(checked.rendition.content).size == (30, 20)


def test_exif_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    checked = check_image(encoded(Image.new("RGB", (30, 20)), "JPEG", exif=exif))
    assert (checked.width, checked.height) == (20, 30)
    assert decoded(checked.rendition.content).size == (20, 30)


def test_a_rendition_holds_no_metadata():
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    checked = check_image(encoded(Image.new("RGB", (30, 20)), "JPEG", exif=exif, comment=b"secret"))
    drawn = decoded(checked.rendition.content)
    assert not drawn.getexif()
    assert "comment" not in drawn.info
    assert b"secret" not in checked.rendition.content


def test_a_large_image_is_drawn_smaller_but_measured_whole():
    checked = check_image(encoded(Image.new("RGB", (4096, 1024)), "PNG"))
    assert (checked.width, checked.height) == (4096, 1024)
    assert decoded(checked.rendition.content).size == (2048, 512)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I", "I;16", "F"])
def test_every_mode_becomes_one_that_browsers_show(mode):
    checked = check_image(encoded(Image.new(mode, (8, 8)), "TIFF"))
    assert decoded(checked.rendition.content).mode in ("L", "RGB", "RGBA")


def test_of_an_animation_the_first_frame_is_drawn():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    drawn = decoded(check_image(content).rendition.content)
    assert getattr(drawn, "n_frames", 1) == 1
    assert drawn.convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


@pytest.mark.parametrize("size", [(8000, 8000), (100_000, 100_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(size):
    with pytest.raises(ImageError, match="pixels"):
        check_image(bomb(*size))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"not an image",
        png()[:60],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        bomb(100, 100),
        b"BM" * 99,
    ],
)
def test_garbage_is_refused_in_words(content):
    with pytest.raises(ImageError) as refused:
        check_image(content)
    assert refused.value.expected.startswith("an image")


def test_too_many_bytes_are_refused(monkeypatch):
    monkeypatch.setattr(images, "MAX_BYTES", 10)
    with pytest.raises(ImageError, match="at most"):
        check_image(png())
