"""Regions of an image as other tools write them, as fractions of the upright image.

Label Studio counts in percent of the original image and turns a box about its top left corner, in pixels; doccano
counts in pixels. A point outside of the image is drawn to its edge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from annotations.core.schema import Point

ELLIPSE_POINTS = 24


def box(left: float, top: float, width: float, height: float) -> tuple[Point, ...]:
    """By two corners, from fractions; empty where nothing of it lies within the image."""
    corners = _within([(left, top), (left + width, top + height)])
    (x1, y1), (x2, y2) = corners
    return corners if x1 < x2 and y1 < y2 else ()


def turned_box(
    left: float, top: float, width: float, height: float, *, degrees: float, aspect: float
) -> tuple[Point, ...]:
    """A box turned clockwise about its top left corner, as a polygon. aspect: width by height of the image."""
    if not degrees % 360:
        return box(left, top, width, height)
    angle = math.radians(degrees)
    points = []
    for x, y in ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height)):
        wide, high = x * aspect, y  # in units of the image's height, where angles are true
        points.append(
            (
                left + (wide * math.cos(angle) - high * math.sin(angle)) / aspect,
                top + wide * math.sin(angle) + high * math.cos(angle),
            )
        )
    return polygon(points)


def ellipse(
    x: float, y: float, radius_x: float, radius_y: float, *, degrees: float, aspect: float
) -> tuple[Point, ...]:
    """As a polygon of 24 points."""
    angle = math.radians(degrees)
    points = []
    for index in range(ELLIPSE_POINTS):
        turn = 2 * math.pi * index / ELLIPSE_POINTS
        wide, high = radius_x * aspect * math.cos(turn), radius_y * math.sin(turn)
        points.append(
            (
                x + (wide * math.cos(angle) - high * math.sin(angle)) / aspect,
                y + wide * math.sin(angle) + high * math.cos(angle),
            )
        )
    return polygon(points)


def polygon(points: Sequence[Point]) -> tuple[Point, ...]:
    """Empty where there are fewer than three."""
    return _within(points) if len(points) >= 3 else ()


def _within(points: Sequence[Point]) -> tuple[Point, ...]:
    return tuple((min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)) for x, y in points)
