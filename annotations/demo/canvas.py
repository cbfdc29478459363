"""The sheet that every demo picture is drawn on: plain shapes and text, smooth edges, and named places.

Coordinates are pixels of the finished picture. Drawing happens at three times that size and is scaled down once, so
that edges are smooth. Text uses the font inside Pillow: no font file is needed and the pixels are the same everywhere.
"""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from PIL import Image, ImageDraw, ImageFont

from annotations.core.schema import Region

Pixel = tuple[float, float]

WIDTH, HEIGHT = 1200, 850
OVERSAMPLING = 3

WHITE = "#ffffff"
INK = "#1f2933"
MUTED = "#64707d"
RULE = "#c9d0d8"
GRID = "#e6e9ed"
PALE = "#f4f5f7"
BLUE, SKY, NAVY = "#4a78b0", "#9ab6d6", "#2c4a73"
ORANGE, SAND = "#d98a3d", "#f0dcc0"
GREEN, MINT = "#5a9b78", "#bcdcc8"
RED, ROSE = "#c8524f", "#f3d5d2"
YELLOW = "#e0b548"
PURPLE = "#8471b0"
TEAL = "#3f9aa0"
WOOD = "#c79a66"

_DASHES = "−–"
_GLYPHS = frozenset(map(chr, range(32, 127))) | frozenset("°·’“”") | frozenset(_DASHES)


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished drawing: PNG bytes, alternative text, and its named places as outlines in fractions of the image."""

    png: bytes
    description: str
    places: dict[str, tuple[tuple[float, float], ...]]

    def region(self, place: str, image: int = 1) -> Region:
        """The named place as a region: a box where it has two corners, a polygon where it has more."""
        points = self.places[place]
        return Region(image=image, shape="box" if len(points) == 2 else "polygon", points=points)


class Canvas:
    """A white sheet of WIDTH × HEIGHT pixels; `place` and `outline` name a part of it for later marks."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.width, self.height = width, height
        self._image = Image.new("RGB", (width * OVERSAMPLING, height * OVERSAMPLING), WHITE)
        self._draw = ImageDraw.Draw(self._image)
        self._places: dict[str, tuple[tuple[float, float], ...]] = {}

    # shapes

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: str | None = None,
        *,
        line: str | None = None,
        width: float = 3,
        radius: float = 0,
    ) -> None:
        """A rectangle, with round corners where `radius` says so."""
        corners = [*_scaled([(left, top), (right, bottom)])]
        self._draw.rounded_rectangle(corners, radius * OVERSAMPLING, fill, line, _pen(width) if line else 0)

    def line(self, points: Sequence[Pixel], colour: str = INK, width: float = 3, *, dashed: bool = False) -> None:
        """A polyline with round ends and joints."""
        if dashed:
            for start, end in itertools.pairwise(points):
                for piece in _dashes(start, end, on=3.2 * width, off=2.6 * width):
                    self.line(piece, colour, width)
            return
        self._draw.line([*_scaled(points)], colour, _pen(width), joint="curve")
        for x, y in points:
            self.disc(x, y, width / 2, colour)

    def disc(self, x: float, y: float, radius: float, fill: str, *, line: str | None = None, width: float = 3) -> None:
        self.ellipse(x, y, radius, radius, fill, line=line, width=width)

    def ring(self, x: float, y: float, radius: float, colour: str = INK, width: float = 3) -> None:
        corners = [*_scaled([(x - radius, y - radius), (x + radius, y + radius)])]
        self._draw.ellipse(corners, None, colour, _pen(width))

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, fill: str, *, line: str | None = None, width: float = 3
    ) -> None:
        corners = [*_scaled([(x - rx, y - ry), (x + rx, y + ry)])]
        self._draw.ellipse(corners, fill, line, _pen(width) if line else 0)

    def polygon(
        self, points: Sequence[Pixel], fill: str | None = None, *, line: str | None = None, width: float = 3
    ) -> None:
        if fill:
            self._draw.polygon([*_scaled(points)], fill)
        if line:
            self.line([*points, points[0]], line, width)

    def slice(self, x: float, y: float, radius: float, start: float, end: float, *, fill: str) -> None:
        """A sector of a disc; angles in degrees, clockwise from twelve o'clock."""
        corners = [*_scaled([(x - radius, y - radius), (x + radius, y + radius)])]
        self._draw.pieslice(corners, start - 90, end - 90, fill)

    # text

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 32,
        colour: str = INK,
        *,
        anchor: str = "mm",
        bold: bool = False,
    ) -> None:
        """One line; `anchor` as in Pillow: l, m or r across, then s (baseline) or m (middle of the figures)."""
        font = _font(size)
        stroke = size * OVERSAMPLING * 0.016 if bold else 0.0
        x -= {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]] * self.text_width(words, size)
        baseline = (y + size * 0.355 if anchor[1] == "m" else y) * OVERSAMPLING
        pen = x * OVERSAMPLING
        for run in _runs(words):
            if run in _DASHES:
                em = size * OVERSAMPLING
                top, thick = baseline - 0.36 * em, (0.095 if bold else 0.07) * em
                self._draw.rectangle((pen + 0.05 * em, top, pen + 0.5 * em, top + thick), colour)
            else:
                self._draw.text((pen, baseline), run, colour, font, "ls", stroke_width=stroke)
            pen += _advance(run, size)

    def text_width(self, words: str, size: float) -> float:
        """Width in pixels of one line of text."""
        return sum(_advance(run, size) for run in _runs(words)) / OVERSAMPLING

    # places

    def place(self, name: str, left: float, top: float, right: float, bottom: float) -> None:
        """Name the box between two corners."""
        self._name(name, [(left, top), (right, bottom)])

    def outline(self, name: str, points: Iterable[Pixel]) -> None:
        """Name the polygon through three or more points."""
        self._name(name, points)

    def _name(self, name: str, points: Iterable[Pixel]) -> None:
        if name in self._places:
            raise ValueError(f"place names of a picture: expected each once, found {name!r} twice")
        self._places[name] = tuple(
            (_fraction(x / self.width), _fraction(y / self.height))  # what a border cuts off is not marked
            for x, y in points
        )

    def finish(self, description: str) -> Picture:
        """The picture at its final size as PNG."""
        small = self._image.reduce(OVERSAMPLING)
        file = io.BytesIO()
        small.save(file, "PNG", optimize=True)
        return Picture(file.getvalue(), description, dict(self._places))


def around(x: float, y: float, radius: float, degrees: float) -> Pixel:
    """The point at a distance from (x, y); degrees clockwise from twelve o'clock."""
    angle = math.radians(degrees - 90)
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


def band(start: Pixel, end: Pixel, half_width: float, beyond: float = 0) -> list[Pixel]:
    """The four corners of a strip around the line between two points, longer by `beyond` at each end."""
    length = math.dist(start, end)
    over = (end[0] - start[0]) / length * beyond, (end[1] - start[1]) / length * beyond
    start, end = (start[0] - over[0], start[1] - over[1]), (end[0] + over[0], end[1] + over[1])
    length += 2 * beyond
    dx, dy = (end[1] - start[1]) / length * half_width, (start[0] - end[0]) / length * half_width
    return [
        (start[0] - dx, start[1] - dy),
        (end[0] - dx, end[1] - dy),
        (end[0] + dx, end[1] + dy),
        (start[0] + dx, start[1] + dy),
    ]


def _scaled(points: Iterable[Pixel]) -> Iterable[Pixel]:
    return ((x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points)


def _pen(width: float) -> int:
    return max(1, round(width * OVERSAMPLING))


def _fraction(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 4)


def _font(size: float) -> ImageFont.FreeTypeFont:
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size * OVERSAMPLING))


def _advance(run: str, size: float) -> float:
    return 0.56 * size * OVERSAMPLING if run in _DASHES else _font(size).getlength(run)


def _runs(words: str) -> list[str]:
    """The text in pieces, dashes apart: the built-in font has neither dash nor minus, so they are drawn as lines."""
    missing = set(words) - _GLYPHS
    if missing:
        raise ValueError(
            f"text in a picture: expected glyphs of the built-in font, found {sorted(missing)} in {words!r}"
        )
    runs: list[str] = []
    for character in words:
        if runs and character not in _DASHES and runs[-1] not in _DASHES:
            runs[-1] += character
        else:
            runs.append(character)
    return runs


def _dashes(start: Pixel, end: Pixel, on: float, off: float) -> Iterable[tuple[Pixel, Pixel]]:
    length = math.dist(start, end)
    count = max(1, round((length + off) / (on + off)))
    for index in range(count):
        first, last = (index * (on + off) / length, min(1.0, (index * (on + off) + on) / length))
        yield (
            (start[0] + (end[0] - start[0]) * first, start[1] + (end[1] - start[1]) * first),
            (start[0] + (end[0] - start[0]) * last, start[1] + (end[1] - start[1]) * last),
        )
