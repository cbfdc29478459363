"""Scenes of plain things: balls around a box, objects on a shelf, a mosaic of tiles."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from annotations.demo.canvas import PALE, RULE, SAND, WHITE, WOOD, Canvas, Picture, Pixel


def balls(
    spots: Sequence[tuple[float, float, str]], hidden: tuple[float, float, str], rng: random.Random, description: str
) -> Picture:
    """Balls on a floor, each near its spot, and one that a box covers in part; a spot is (x, y, colour).

    `rng` shifts each ball by a few pixels; nothing that can be said of the picture depends on it. Places: `ball 1` and
    so on in the order given, `hidden ball`, `floor`.
    """
    canvas = Canvas()
    canvas.box(0, 0, canvas.width, canvas.height, "#eef1f4")
    canvas.box(40, 40, 1160, 810, WHITE, radius=28)
    radius = 46
    for number, (x, y, colour) in enumerate(spots, start=1):
        _ball(canvas, x + rng.uniform(-10, 10), y + rng.uniform(-8, 8), radius, colour=colour, name=f"ball {number}")
    _ball(canvas, hidden[0], hidden[1], radius, colour=hidden[2], name="hidden ball")
    left, top = hidden[0] - 240, hidden[1] - 130
    canvas.box(left, top, hidden[0] - 6, top + 190, SAND, line=WOOD, width=5, radius=8)
    canvas.box(left, top + 78, hidden[0] - 6, top + 108, WOOD)
    canvas.place("floor", 40, 40, 1160, 810)
    return canvas.finish(description)


def shelf(rows: Sequence[Sequence[tuple[str, str]]], description: str) -> Picture:
    """Boards with objects from left to right; an object is (its name, which ends in its shape; colour), or a `gap`.

    Places: each object's name, `gap`.
    """
    canvas = Canvas()
    left, right = 90, 1110
    canvas.box(left - 30, 60, right + 30, 800, PALE, line=RULE, width=4, radius=18)
    for row, objects in enumerate(rows):
        floor = 390 + 340 * row
        canvas.box(left - 30, floor, right + 30, floor + 26, WOOD)
        room = (right - left) / len(objects)
        for index, (name, colour) in enumerate(objects):
            x = left + room * (index + 0.5)
            if name == "gap":
                canvas.place("gap", x - 100, floor - 210, x + 100, floor)
                continue
            shape, size = name.split(" ")[-1], 92
            _SHAPES[shape](canvas, x, floor, size, colour)
            canvas.place(name, x - size - 14, floor - 2 * size - 14, x + size + 14, floor + 4)
    return canvas.finish(description)


def mosaic(rows: Sequence[str], colours: Mapping[str, str], description: str) -> Picture:
    """Square tiles, one letter each, row by row. Places: `wall`, "row 1" and so on."""
    canvas = Canvas()
    size = 150
    left, top = (canvas.width - size * len(rows[0])) / 2, (canvas.height - size * len(rows)) / 2
    for row, letters in enumerate(rows):
        y = top + size * row
        for column, letter in enumerate(letters):
            x = left + size * column
            canvas.box(x + 6, y + 6, x + size - 6, y + size - 6, colours[letter], radius=16)
        canvas.place(f"row {row + 1}", left, y, left + size * len(letters), y + size)
    canvas.place("wall", left, top, canvas.width - left, canvas.height - top)
    return canvas.finish(description)


def _ball(canvas: Canvas, x: float, y: float, radius: float, *, colour: str, name: str) -> None:
    canvas.ellipse(x + 4, y + radius - 2, radius * 0.86, radius * 0.2, RULE)
    canvas.disc(x, y, radius, colour)
    canvas.ellipse(x - radius * 0.34, y - radius * 0.38, radius * 0.2, radius * 0.14, WHITE)
    canvas.place(name, x - radius - 12, y - radius - 12, x + radius + 12, y + radius + 14)


def _cube(canvas: Canvas, x: float, floor: float, size: float, colour: str) -> None:
    depth = size * 0.36
    left, right, top = x - size * 0.85, x + size * 0.5, floor - size * 1.35
    back = [(left, top), (left + depth, top - depth), (right + depth, top - depth), (right, top)]
    side = [(right, top), (right + depth, top - depth), (right + depth, floor - depth), (right, floor)]
    canvas.box(left, top, right, floor, colour)
    canvas.polygon(back, _shade(colour, 1.18))
    canvas.polygon(side, _shade(colour, 0.8))


def _sphere(canvas: Canvas, x: float, floor: float, size: float, colour: str) -> None:
    radius = size * 0.8
    canvas.disc(x, floor - radius, radius, colour)
    canvas.ellipse(x - radius * 0.34, floor - radius * 1.4, radius * 0.2, radius * 0.14, WHITE)


def _cylinder(canvas: Canvas, x: float, floor: float, size: float, colour: str) -> None:
    half, flat = size * 0.62, size * 0.2
    canvas.ellipse(x, floor - flat, half, flat, colour)
    canvas.box(x - half, floor - size * 1.7, x + half, floor - flat, colour)
    canvas.ellipse(x, floor - size * 1.7, half, flat, _shade(colour, 1.18))


def _cone(canvas: Canvas, x: float, floor: float, size: float, colour: str) -> None:
    half, flat = size * 0.72, size * 0.18
    canvas.ellipse(x, floor - flat, half, flat, colour)
    canvas.polygon([(x - half, floor - flat), (x, floor - size * 1.9), (x + half, floor - flat)], colour)
    canvas.polygon(
        [(x, floor - size * 1.9), (x + half, floor - flat), (x + half * 0.35, floor - flat * 0.2)], _shade(colour, 0.86)
    )


def _mug(canvas: Canvas, x: float, floor: float, size: float, colour: str) -> None:
    canvas.ring(x + size * 0.56, floor - size * 0.62, size * 0.36, _shade(colour, 0.8), 14)
    canvas.box(x - size * 0.7, floor - size * 1.25, x + size * 0.55, floor, colour, radius=16)
    canvas.box(
        x - size * 0.7, floor - size * 1.25, x + size * 0.55, floor - size * 1.12, _shade(colour, 1.18), radius=8
    )


def _plant(canvas: Canvas, x: float, floor: float, size: float, colour: str) -> None:
    for end in ((-0.62, -1.7), (0.0, -2.05), (0.62, -1.7), (-0.85, -1.25), (0.85, -1.25)):
        tip: Pixel = (x + end[0] * size, floor + end[1] * size)
        canvas.line([(x, floor - size * 0.7), tip], colour, 9)
        canvas.ellipse(*tip, size * 0.2, size * 0.2, colour)
    pot = [(x - size * 0.5, floor - size * 0.8), (x + size * 0.5, floor - size * 0.8)]
    canvas.polygon([*pot, (x + size * 0.36, floor), (x - size * 0.36, floor)], "#b5704c")
    canvas.box(x - size * 0.58, floor - size * 0.88, x + size * 0.58, floor - size * 0.68, "#c27f59", radius=6)


_SHAPES = {"cube": _cube, "sphere": _sphere, "cylinder": _cylinder, "cone": _cone, "mug": _mug, "plant": _plant}


def _shade(colour: str, factor: float) -> str:
    channels = (int(colour[index : index + 2], 16) for index in (1, 3, 5))
    return "#" + "".join(f"{min(255, round(channel * factor)):02x}" for channel in channels)
