"""Things one reads a value off: clock, thermometer, ruler, kitchen scales and a pair of pans."""

from __future__ import annotations

from annotations.demo.canvas import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    NAVY,
    ORANGE,
    PALE,
    RED,
    ROSE,
    RULE,
    SAND,
    SKY,
    WHITE,
    WOOD,
    YELLOW,
    Canvas,
    Picture,
    around,
    band,
)


def clock(hour: int, minute: int, description: str, *, name: str = "") -> Picture:
    """A twelve-hour clock, its name below it if it has one. Places: `face`, `hour hand`, `minute hand`.

    The places of a clock with a name begin with it: `Start minute hand`.
    """
    canvas = Canvas()
    x, y, radius = 600, 400 if name else 425, 330
    canvas.disc(x, y, radius + 26, NAVY)
    canvas.disc(x, y, radius + 8, WHITE)
    for tick in range(60):
        inner = radius - (34 if tick % 5 == 0 else 16)
        colour, width = (INK, 7) if tick % 5 == 0 else (MUTED, 3)
        canvas.line([around(x, y, inner, tick * 6), around(x, y, radius - 6, tick * 6)], colour, width)
    for number in range(1, 13):
        canvas.text(*around(x, y, radius - 76, number * 30), str(number), 46, bold=True)
    hour_angle, minute_angle = (hour % 12) * 30 + minute / 2, minute * 6
    canvas.line([around(x, y, -44, hour_angle), around(x, y, 140, hour_angle)], INK, 18)
    canvas.line([around(x, y, -58, minute_angle), around(x, y, 220, minute_angle)], BLUE, 11)
    canvas.disc(x, y, 20, INK)
    canvas.disc(x, y, 8, WHITE)
    canvas.text(x, 806, name, 40, bold=True)
    canvas.place(f"{name} face".strip(), x - radius - 26, y - radius - 26, x + radius + 26, y + radius + 26)
    for hand, length, angle in (("hour hand", 140, hour_angle), ("minute hand", 220, minute_angle)):
        ends = around(x, y, -20, angle), around(x, y, length + 20, angle)
        canvas.outline(f"{name} {hand}".strip(), band(*ends, 30))
    return canvas.finish(description)


def thermometer(celsius: int, low: int, high: int, description: str) -> Picture:
    """A thermometer lying on its side, with a line for each degree. Places: `end of the column`, `zero`, `scale`."""
    canvas = Canvas()
    left, right, y = 240, 1080, 400

    def at(degrees: float) -> float:
        return left + (right - left) * (degrees - low) / (high - low)

    canvas.box(90, y - 66, 1140, y + 170, PALE, radius=40)
    canvas.box(150, y - 26, right + 34, y + 26, WHITE, line=MUTED, width=4, radius=26)
    canvas.disc(160, y, 48, RED, line=MUTED, width=4)
    canvas.box(160, y - 13, at(celsius), y + 13, RED)
    for degrees in range(low, high + 1):
        long = 46 if degrees % 10 == 0 else 34 if degrees % 5 == 0 else 22
        colour, width = (INK, 4.5) if degrees % 5 == 0 else (MUTED, 2.5)
        canvas.line([(at(degrees), y + 44), (at(degrees), y + 44 + long)], colour, width)
        if degrees % 10 == 0:
            label = f"−{-degrees}" if degrees < 0 else str(degrees)
            canvas.text(at(degrees), y + 128, label, 38, bold=True)
    canvas.text(1140, 292, "°C", 42, MUTED, anchor="rm", bold=True)
    canvas.text(90, 292, "06:00", 42, anchor="lm", bold=True)
    canvas.place("end of the column", at(celsius) - 40, y - 46, at(celsius) + 40, y + 98)
    canvas.place("zero", at(0) - 40, y - 46, at(0) + 40, y + 156)
    canvas.place("scale", 90, y - 66, 1140, y + 170)
    return canvas.finish(description)


def ruler(start: float, end: float, description: str) -> Picture:
    """A pencil above a 13 cm ruler, from `start` to `end` in cm. Places: `blunt end`, `tip`, `pencil`, `ruler`."""
    canvas = Canvas()
    left, unit = 107, 76

    def at(cm: float) -> float:
        return left + unit * cm

    for end_of_pencil in (start, end):
        canvas.line([(at(end_of_pencil), 260), (at(end_of_pencil), 452)], RULE, 3, dashed=True)
    body, tip = at(end) - 92, at(end)
    canvas.box(at(start), 268, at(start) + 60, 332, ROSE, radius=12)
    canvas.box(at(start) + 34, 268, at(start) + 74, 332, RULE)
    for top, bottom, colour in ((268, 290, "#e8bf62"), (290, 311, YELLOW), (311, 332, "#c99a35")):
        canvas.box(at(start) + 74, top, body, bottom, colour)
    canvas.polygon([(body, 268), (tip, 300), (body, 332)], SAND)
    canvas.polygon([(tip - 30, 289.5), (tip, 300), (tip - 30, 310.5)], INK)
    canvas.box(60, 440, 1140, 610, "#f6ecd9", line=WOOD, width=4, radius=14)
    for tenth in range(131):
        x, long = at(tenth / 10), 62 if tenth % 10 == 0 else 44 if tenth % 5 == 0 else 26
        colour, width = (INK, 4) if tenth % 10 == 0 else (MUTED, 2)
        canvas.line([(x, 444), (x, 444 + long)], colour, width)
        if tenth % 10 == 0:
            canvas.text(x, 544, str(tenth // 10), 36, bold=True)
    canvas.text(1122, 588, "cm", 26, MUTED, anchor="rm")
    canvas.place("blunt end", at(start) - 34, 254, at(start) + 80, 570)
    canvas.place("tip", at(end) - 44, 254, at(end) + 44, 570)
    canvas.place("pencil", at(start) - 10, 254, at(end) + 10, 346)
    canvas.place("ruler", 60, 440, 1140, 610)
    return canvas.finish(description)


def kitchen_scales(grams: int, apples: int, note: str, description: str) -> Picture:
    """A bowl of apples on dial scales, 0 to 2000 g in steps of 50 g. Places: `dial`, `pointer`, `apples`, `note`."""
    canvas = Canvas()
    x, y, radius = 420, 560, 205
    canvas.polygon([(x - 190, 330), (x + 190, 330), (x + 270, 806), (x - 270, 806)], "#dfe6ee")
    canvas.box(x - 285, 790, x + 285, 822, NAVY, radius=14)
    canvas.box(x - 250, 308, x + 250, 336, NAVY, radius=12)
    for index in range(apples):
        apple, lift = x - 82 * (apples - 1) / 2 + 82 * index, 14 * (index % 2)
        canvas.line([(apple, 110 - lift), (apple + 8, 82 - lift)], WOOD, 6)
        canvas.disc(apple, 150 - lift, 46, RED if index % 2 == 0 else GREEN, line=WHITE, width=4)
    canvas.polygon([(x - 250, 190), (x + 250, 190), (x + 140, 310), (x - 140, 310)], SKY)
    canvas.box(x - 260, 180, x + 260, 200, BLUE, radius=10)
    canvas.disc(x, y, radius + 10, MUTED)
    canvas.disc(x, y, radius, WHITE)
    for step in range(40):  # 2000 g in steps of 50 g
        inner = radius - (36 if step % 10 == 0 else 28 if step % 2 == 0 else 16)
        colour, width = (INK, 5) if step % 10 == 0 else (MUTED, 3)
        canvas.line([around(x, y, inner, step * 9), around(x, y, radius - 8, step * 9)], colour, width)
    for label, angle in (("0", 0), ("500", 90), ("1000", 180), ("1500", 270)):
        canvas.text(*around(x, y, radius - 66 if angle % 180 == 0 else radius - 76, angle), label, 31, bold=True)
    canvas.text(x, y - 66, "g", 32, MUTED)
    turn = grams / 2000 * 360
    canvas.line([around(x, y, -40, turn), around(x, y, radius - 44, turn)], RED, 8)
    canvas.disc(x, y, 17, INK)
    canvas.box(780, 330, 1130, 520, "#fdf6e3", line=YELLOW, width=3, radius=16)
    for row, line in enumerate(note.split("\n")):
        canvas.text(955, 394 + 62 * row, line, 36, bold=row == 1)
    tip = around(x, y, radius - 44, turn)
    canvas.place("dial", x - radius - 10, y - radius - 10, x + radius + 10, y + radius + 10)
    canvas.place("pointer", tip[0] - 62, tip[1] - 62, tip[0] + 62, tip[1] + 62)
    canvas.place("apples", x - 250, 46, x + 250, 206)
    canvas.place("note", 780, 330, 1130, 520)
    return canvas.finish(description)


def pans(left: tuple[int, int], right: tuple[int, int], description: str) -> Picture:
    """A beam in balance; a pan holds (cubes, grams of its weight).

    Places: `beam`, and `left cubes`, `left weight`, `right cubes`, `right weight`.
    """
    canvas = Canvas()
    canvas.box(420, 786, 780, 818, NAVY, radius=14)
    canvas.box(586, 210, 614, 790, NAVY, radius=10)
    canvas.line([(250, 210), (950, 210)], NAVY, 16)
    canvas.disc(600, 210, 26, ORANGE, line=NAVY, width=5)
    canvas.place("beam", 150, 176, 1050, 250)
    for name, middle, (cubes, grams) in (("left", 270, left), ("right", 930, right)):
        for end in (-190, 190):
            canvas.line([(middle, 214), (middle + end, 590)], MUTED, 4)
        canvas.box(middle - 215, 586, middle + 215, 614, NAVY, radius=14)
        size, gap = 84, 12
        row = cubes * size + (cubes - 1) * gap
        start = middle - (row + 24 + 92) / 2
        for index in range(cubes):
            x = start + index * (size + gap)
            canvas.box(x, 586 - size, x + size, 586, SKY, line=BLUE, width=4, radius=10)
            canvas.text(x + size / 2, 586 - size / 2, "?", 42, NAVY, bold=True)
        x = start + row + 24
        canvas.box(x + 26, 462, x + 66, 490, "#b98f3e", radius=6)
        canvas.box(x, 484, x + 92, 586, YELLOW, line="#b98f3e", width=4, radius=12)
        canvas.text(x + 46, 526, str(grams), 34, bold=True)
        canvas.text(x + 46, 562, "g", 28)
        canvas.place(f"{name} cubes", start - 12, 586 - size - 14, start + row + 12, 600)
        canvas.place(f"{name} weight", x - 10, 452, x + 102, 600)
    return canvas.finish(description)
