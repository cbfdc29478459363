"""RapidOCR really reads a drawn image."""

from __future__ import annotations

import asyncio
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFont

from workers.engines.ocr import OcrReader


def drawn(text: str, *, orientation: int = 1) -> bytes:
    image = Image.new("RGB", (480, 320), "white")
    ImageDraw.Draw(image).text((240, 200), text, fill="black", font=ImageFont.load_default(48))
    turned = image.rotate(90, expand=True) if orientation == 6 else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = BytesIO()
    turned.save(content, "PNG", exif=exif)
    return content.getvalue()


@pytest.fixture(scope="module")
def reader() -> OcrReader:
    return OcrReader()


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_drawn_number_is_read_with_its_place_on_the_upright_image(reader: OcrReader, orientation: int) -> None:
    (line,) = asyncio.run(reader.read(drawn("4711", orientation=orientation)))
    assert line.text == "4711"
    assert line.confidence > 0.9
    left, top, right, bottom = line.box
    assert 0.45 < left < right < 0.8
    assert 0.6 < top < bottom < 0.85


def test_an_image_without_text_has_no_lines(reader: OcrReader) -> None:
    assert reader.read_now(drawn("")) == ()


def test_bytes_that_are_no_image_are_an_error(reader: OcrReader) -> None:
    with pytest.raises(OSError, match="cannot identify"):
        reader.read_now(b"no image")
