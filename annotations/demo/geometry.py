"""Plane figures with their measures: a right triangle with its altitude, and a circle in a square."""

from __future__ import annotations

from annotations.demo.canvas import BLUE, INK, NAVY, RED, SKY, WHITE, Canvas, Picture, Pixel, around


def altitude(legs: tuple[int, int], description: str) -> Picture:
    """Triangle ABC with the right angle at C, legs CA and CB in cm, and D, the foot of the altitude from C on AB.

    Places: `triangle`, `right angle`, `side CA`, `side CB`, `altitude`, `foot`.
    """
    short, long = legs
    unit = 62.0
    hypotenuse = (short**2 + long**2) ** 0.5
    foot = short**2 / hypotenuse  # AD = CA² / AB
    a: Pixel = (600 - hypotenuse * unit / 2, 690)
    b: Pixel = (600 + hypotenuse * unit / 2, 690)
    d: Pixel = (a[0] + foot * unit, 690)
    c: Pixel = (d[0], 690 - short * long / hypotenuse * unit)
    canvas = Canvas()
    canvas.polygon([a, b, c], "#eaf0f7")
    canvas.line([c, d], RED, 4, dashed=True)
    canvas.polygon([a, b, c], line=NAVY, width=6)
    _right_angle(canvas, c, a, b)
    _right_angle(canvas, d, c, b)
    for point in (a, b, c, d):
        canvas.disc(*point, 8, NAVY)
    canvas.text(a[0] - 34, a[1] + 14, "A", 42, bold=True)
    canvas.text(b[0] + 34, b[1] + 14, "B", 42, bold=True)
    canvas.text(c[0], c[1] - 42, "C", 42, bold=True)
    canvas.text(d[0], d[1] + 46, "D", 42, bold=True)
    canvas.text((a[0] + c[0]) / 2 - 62, (a[1] + c[1]) / 2 - 26, f"{short} cm", 36)
    canvas.text((b[0] + c[0]) / 2 + 62, (b[1] + c[1]) / 2 - 34, f"{long} cm", 36)
    canvas.outline("triangle", [a, b, c])
    canvas.place("right angle", c[0] - 62, c[1] - 20, c[0] + 62, c[1] + 74)
    canvas.place("side CA", a[0] - 12, c[1] - 12, c[0] + 12, a[1] + 12)
    canvas.place("side CB", c[0] - 12, c[1] - 12, b[0] + 12, b[1] + 12)
    canvas.place("altitude", d[0] - 24, c[1] - 14, d[0] + 24, d[1] + 14)
    canvas.place("foot", d[0] - 52, d[1] - 52, d[0] + 52, d[1] + 72)
    return canvas.finish(description)


def circle_in_square(side: int, description: str) -> Picture:
    """A square of `side` cm with the circle that touches its four sides; the four corners outside it are shaded.

    Places: `square`, `circle`, `side`, `corner` (the top left one).
    """
    canvas = Canvas()
    left, top, size = 320.0, 90.0, 560.0
    right, bottom, x, y = left + size, top + size, left + size / 2, top + size / 2
    canvas.box(left, top, right, bottom, SKY)
    canvas.disc(x, y, size / 2, WHITE)
    canvas.ring(x, y, size / 2, NAVY, 6)
    canvas.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], line=NAVY, width=6)
    canvas.disc(x, y, 8, NAVY)
    measure = bottom + 56
    canvas.line([(left, measure), (right, measure)], INK, 3)
    for end, inward in ((left, 18), (right, -18)):
        canvas.polygon([(end, measure), (end + inward, measure - 9), (end + inward, measure + 9)], INK)
        canvas.line([(end, bottom + 22), (end, measure + 20)], INK, 2.5)
    canvas.box(x - 78, measure - 26, x + 78, measure + 26, WHITE)
    canvas.text(x, measure, f"{side} cm", 38)
    canvas.place("square", left, top, right, bottom)
    canvas.outline("circle", [around(x, y, size / 2, degrees) for degrees in range(0, 360, 15)])
    canvas.place("side", left - 10, measure - 34, right + 10, measure + 34)
    arc = [around(x, y, size / 2, degrees) for degrees in range(270, 361, 10)]
    canvas.outline("corner", [(left, top), *arc])
    return canvas.finish(description)


def _right_angle(canvas: Canvas, at: Pixel, one: Pixel, other: Pixel, size: float = 34) -> None:
    """The small square of a right angle at a point, with its arms towards two others."""

    def towards(end: Pixel) -> Pixel:
        length = ((end[0] - at[0]) ** 2 + (end[1] - at[1]) ** 2) ** 0.5
        return (end[0] - at[0]) / length * size, (end[1] - at[1]) / length * size

    (ax, ay), (bx, by) = towards(one), towards(other)
    corner = (at[0] + ax + bx, at[1] + ay + by)
    canvas.line([(at[0] + ax, at[1] + ay), corner, (at[0] + bx, at[1] + by)], BLUE, 4)
