"""Networks and maps: stations joined by lines with lengths, and a small town on a grid of streets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from annotations.demo.canvas import (
    BLUE,
    INK,
    MUTED,
    NAVY,
    PALE,
    RED,
    RULE,
    SKY,
    WHITE,
    Canvas,
    Picture,
    Pixel,
    band,
)


def network(
    title: str,
    stops: Mapping[str, Pixel],
    lengths: Mapping[tuple[str, str], int],
    gaps: Sequence[tuple[str, str]],
    description: str,
) -> Picture:
    """Named stops joined by straight lines with their lengths in km; `gaps` are pairs without a line.

    Places: each stop, each pair as "A–B".
    """
    canvas = Canvas()
    canvas.text(90, 76, title, 40, anchor="lm", bold=True)
    for one, other in lengths:
        canvas.line([stops[one], stops[other]], RULE, 9)
    for (one, other), length in lengths.items():
        x, y = _middle(stops[one], stops[other])
        canvas.box(x - 34, y - 28, x + 34, y + 28, WHITE, radius=14)
        canvas.text(x, y, str(length), 36, bold=True)
    for name, (x, y) in stops.items():
        canvas.disc(x, y, 44, BLUE, line=NAVY, width=4)
        canvas.text(x, y, name, 40, WHITE, bold=True)
        canvas.place(name, x - 52, y - 52, x + 52, y + 52)
    for one, other in [*lengths, *gaps]:
        canvas.outline(f"{one}–{other}", band(stops[one], stops[other], 54, beyond=54))
    return canvas.finish(description)


def town(places: Mapping[str, tuple[int, int, str]], description: str) -> Picture:
    """Four by three blocks of a town, north at the top; a place is (column from the west, row from the north, colour).

    Places: each name (its block), `compass`, `river`.
    """
    canvas = Canvas()
    left, top, wide, high, street = 70, 60, 185, 216, 40
    canvas.box(40, 30, 960, 818, "#d9dee4", radius=24)
    columns = [left + column * (wide + street) for column in range(4)]
    rows = [top + row * (high + street) for row in range(3)]
    named = {(column, row): (name, colour) for name, (column, row, colour) in places.items()}
    for column, x in enumerate(columns):
        for row, y in enumerate(rows):
            name, colour = named.get((column, row), ("", PALE))
            right, bottom = x + wide, y + high
            canvas.box(x, y, right, bottom, colour, radius=14, line=None)
            if not name:
                continue
            canvas.place(name, x, y, right, bottom)
            canvas.text((x + right) / 2, (y + bottom) / 2, name, 32, bold=True)
    river = [(1036 + 18 * math.sin(y / 95), y) for y in range(-20, 880, 10)]
    canvas.line(river, SKY, 62)
    canvas.text(1100, 470, "River", 30, BLUE, anchor="lm")
    x, y = 1132, 150
    canvas.line([(x, y + 64), (x, y - 30)], INK, 5)
    canvas.polygon([(x, y - 52), (x - 17, y - 14), (x + 17, y - 14)], RED)
    canvas.text(x, y - 84, "N", 36, bold=True)
    canvas.line([(x - 34, y + 20), (x + 34, y + 20)], MUTED, 3)
    canvas.place("compass", x - 62, y - 118, x + 62, y + 80)
    canvas.place("river", 984, 0, 1088, 850)
    return canvas.finish(description)


def _middle(one: Pixel, other: Pixel) -> Pixel:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
