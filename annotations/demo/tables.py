"""Things to read: a league table, a receipt and a notice board."""

from __future__ import annotations

from collections.abc import Sequence

from annotations.demo.canvas import BLUE, GRID, INK, MUTED, NAVY, PALE, RULE, WHITE, YELLOW, Canvas, Picture


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], description: str) -> Picture:
    """A table whose first column names the row. Places: the names of rows and columns, "row/column" for a cell."""
    canvas = Canvas()
    left, right, top, high = 70, 1130, 170, 94
    canvas.text(left, 90, title, 40, anchor="lm", bold=True)
    first = 400
    wide = (right - first) / (len(header) - 1)
    middles = [first + wide * (index + 0.5) for index in range(len(header) - 1)]
    bottom = top + high * (len(rows) + 1)
    canvas.box(left, top, right, top + high, NAVY, radius=14)
    canvas.box(left, top + high - 20, right, top + high, NAVY)
    canvas.text(left + 30, top + high / 2, header[0], 32, WHITE, anchor="lm", bold=True)
    for name, x in zip(header[1:], middles, strict=True):
        canvas.text(x, top + high / 2, name, 32, WHITE, bold=True)
        canvas.place(name, x - wide / 2, top, x + wide / 2, bottom)
    for index, row in enumerate(rows):
        y = top + high * (index + 1)
        canvas.box(left, y, right, y + high, PALE if index % 2 else WHITE)
        canvas.line([(left, y + high), (right, y + high)], GRID, 2)
        canvas.text(left + 30, y + high / 2, row[0], 34, anchor="lm", bold=True)
        canvas.place(row[0], left, y + 6, right, y + high - 6)
        for name, x, cell in zip(header[1:], middles, row[1:], strict=True):
            canvas.text(x, y + high / 2, cell, 34)
            canvas.place(f"{row[0]}/{name}", x - wide / 2 + 8, y + 10, x + wide / 2 - 8, y + high - 10)
    return canvas.finish(description)


def receipt(
    shop: str, where: str, items: Sequence[tuple[int, str, str]], *, total: str, thanks: str, description: str
) -> Picture:
    """A till receipt; an item is (count, name, price of the line). Places: each item's name, `total`, `receipt`."""
    canvas = Canvas()
    canvas.box(0, 0, canvas.width, canvas.height, "#eceff2")
    left, right, top, bottom = 330, 870, 40, 790
    teeth = [(left + 27 * index, bottom + (18 if index % 2 else 0)) for index in range(21)]
    canvas.polygon([(left, top), (right, top), (right, bottom), *reversed(teeth)], WHITE)
    canvas.text(600, 106, shop, 44, bold=True)
    canvas.text(600, 158, where, 27, MUTED)
    canvas.line([(left + 40, 206), (right - 40, 206)], RULE, 3, dashed=True)
    y = 262.0
    for count, name, price in items:
        canvas.text(left + 48, y, f"{count} x", 32, MUTED, anchor="lm")
        canvas.text(left + 118, y, name, 32, anchor="lm")
        canvas.text(right - 48, y, price, 32, anchor="rm")
        canvas.place(name, left + 32, y - 30, right - 32, y + 30)
        y += 66
    canvas.line([(left + 40, y), (right - 40, y)], RULE, 3, dashed=True)
    canvas.text(left + 48, y + 64, "TOTAL EUR", 38, anchor="lm", bold=True)
    canvas.text(right - 48, y + 64, total, 42, anchor="rm", bold=True)
    canvas.place("total", left + 32, y + 28, right - 32, y + 100)
    canvas.text(600, y + 152, thanks, 28, MUTED)
    canvas.place("receipt", left, top, right, bottom)
    return canvas.finish(description)


def notice(title: str, hours: Sequence[tuple[str, str]], notes: Sequence[str], description: str) -> Picture:
    """A notice board with opening hours and notes below. Places: each line's first words, `note 1`, `note 2`, …"""
    canvas = Canvas()
    canvas.box(150, 700, 190, 850, RULE)
    canvas.box(1010, 700, 1050, 850, RULE)
    canvas.box(70, 50, 1130, 770, NAVY, radius=36)
    canvas.box(86, 66, 1114, 754, NAVY, radius=26, line=WHITE, width=4)
    canvas.text(140, 146, title, 50, WHITE, anchor="lm", bold=True)
    for index in range(3):  # water, in three waves
        crest = [(880 + 20 * part, 120 + 24 * index + (8 if part % 2 else -8)) for part in range(9)]
        canvas.line(crest, BLUE, 8)
    y = 266.0
    for days, times in hours:
        canvas.text(140, y, days, 36, WHITE, anchor="lm")
        canvas.text(1060, y, times, 36, WHITE, anchor="rm", bold=True)
        canvas.place(days, 120, y - 40, 1080, y + 40)
        y += 86
    canvas.box(120, y - 20, 1080, y + 26 + 68 * len(notes), YELLOW, radius=20)
    for index, line in enumerate(notes, start=1):
        middle = y + 36 + 68 * (index - 1)
        canvas.text(160, middle, line, 34, INK, anchor="lm", bold=True)
        canvas.place(f"note {index}", 130, middle - 32, 1070, middle + 32)
    return canvas.finish(description)
