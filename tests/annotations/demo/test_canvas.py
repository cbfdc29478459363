"""The sheet that pictures are drawn on."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from annotations.demo.canvas import Canvas


def _pixels(canvas: Canvas) -> Image.Image:
    return Image.open(io.BytesIO(canvas.finish("A sheet.").png)).convert("RGB")


def test_a_box_lies_where_it_was_drawn():
    canvas = Canvas(40, 40)
    canvas.box(10, 10, 30, 30, "#ff0000")
    picture = _pixels(canvas)
    assert picture.getpixel((20, 20)) == (255, 0, 0)
    assert picture.getpixel((5, 5)) == (255, 255, 255)


def test_a_minus_is_drawn_although_the_font_has_none():
    canvas = Canvas(60, 40)
    canvas.text(30, 20, "−", 40)
    assert _pixels(canvas).getcolors(99) != [(2400, (255, 255, 255))]


def test_text_that_the_font_cannot_draw_is_refused():
    with pytest.raises(ValueError, match="glyphs of the built-in font"):
        Canvas(60, 40).text(30, 20, "é", 40)


def test_a_place_is_cut_off_at_the_border():
    canvas = Canvas(100, 50)
    canvas.place("all", -10, -10, 110, 60)
    assert canvas.finish("A sheet.").places["all"] == ((0.0, 0.0), (1.0, 1.0))


def test_a_name_is_given_once():
    canvas = Canvas(100, 50)
    canvas.place("bar", 0, 0, 9, 9)
    with pytest.raises(ValueError, match="'bar' twice"):
        canvas.place("bar", 0, 0, 9, 9)
