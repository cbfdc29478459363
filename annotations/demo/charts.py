"""Charts: bars, lines, a pie and a scatter plot. Each drawing names the places that a mark may point at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annotations.demo.canvas import (
    BLUE,
    GRID,
    INK,
    MUTED,
    RULE,
    SKY,
    WHITE,
    Canvas,
    Picture,
    Pixel,
    around,
)

_LEFT, _RIGHT, _TOP, _BOTTOM = 130, 1130, 190, 735


def bars(title: str, unit: str, values: Mapping[str, float], *, top: float, step: float, description: str) -> Picture:
    """Vertical bars with their values above them. Places: each label (bar and value), and `axis`."""
    canvas = _titled(title, unit)
    _horizontal_grid(canvas, 0, top, step)
    room = (_RIGHT - _LEFT) / len(values)
    for index, (label, value) in enumerate(values.items()):
        middle = _LEFT + room * (index + 0.5)
        height = (_BOTTOM - _TOP) * value / top
        canvas.box(middle - 62, _BOTTOM - height, middle + 62, _BOTTOM, SKY)
        canvas.box(middle - 32, _BOTTOM - height - 48, middle + 32, _BOTTOM - height - 6, WHITE)
        canvas.text(middle, _BOTTOM - height - 28, f"{value:g}", 34, bold=True)
        canvas.text(middle, _BOTTOM + 42, label, 32, MUTED)
        canvas.place(label, middle - 78, _BOTTOM - height - 60, middle + 78, _BOTTOM + 6)
    canvas.line([(_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], MUTED, 3)
    canvas.place("axis", _LEFT - 90, _TOP - 24, _LEFT, _BOTTOM + 20)
    return canvas.finish(description)


def lines(
    title: str,
    unit: str,
    months: Sequence[str],
    series: Mapping[str, tuple[str, Sequence[float]]],
    *,
    top: float,
    step: float,
    description: str,
) -> Picture:
    """One line a series with a value at each point and a legend; a series is (colour, values).

    Places: `legend`, and each month (the column through all lines).
    """
    canvas = _titled(title, unit)
    _horizontal_grid(canvas, 0, top, step)
    room = (_RIGHT - _LEFT) / len(months)
    across = [_LEFT + room * (index + 0.5) for index in range(len(months))]
    for x, month in zip(across, months, strict=True):
        canvas.text(x, _BOTTOM + 42, month, 32, MUTED)
    for colour, values in series.values():
        canvas.line([(x, _height(value, top)) for x, value in zip(across, values, strict=True)], colour, 6)
    for colour, values in series.values():
        for index, (x, value) in enumerate(zip(across, values, strict=True)):
            y = _height(value, top)
            side = 1 if value == max(others[index] for _, others in series.values()) else -1
            canvas.disc(x, y, 11, WHITE)
            canvas.disc(x, y, 8, colour)
            canvas.text(x, y - 32 * side, f"{value:g}", 28, colour, bold=True)
    for index, (x, month) in enumerate(zip(across, months, strict=True)):
        heights = [_height(values[index], top) for _, values in series.values()]
        canvas.place(month, x - 44, min(heights) - 56, x + 44, max(heights) + 56)
    canvas.line([(_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], MUTED, 3)
    x = _RIGHT
    for name, (colour, _) in reversed([*series.items()]):
        x -= canvas.text_width(name, 30)
        canvas.text(x, 118, name, 30, anchor="lm")
        canvas.line([(x - 58, 118), (x - 18, 118)], colour, 7)
        canvas.disc(x - 38, 118, 9, colour)
        x -= 100
    canvas.place("legend", x + 30, 92, _RIGHT + 14, 144)
    return canvas.finish(description)


def pie(title: str, shares: Mapping[str, tuple[float, str]], description: str) -> Picture:
    """A pie clockwise from twelve o'clock, each slice with its share and its name beside it; shares are percentages.

    Places: each name (the slice as a polygon).
    """
    canvas = Canvas()
    canvas.text(90, 84, title, 40, anchor="lm", bold=True)
    x, y, radius = 600, 480, 275
    start = 0.0
    for name, (share, colour) in shares.items():
        end = start + share * 3.6
        canvas.slice(x, y, radius, start, end, fill=colour)
        arc = [around(x, y, radius, start + (end - start) * part / 12) for part in range(13)]
        canvas.outline(name, [(x, y), *arc])
        start = end
    start = 0.0
    for name, (share, _) in shares.items():
        canvas.line([(x, y), around(x, y, radius, start)], WHITE, 5)
        middle = start + share * 1.8
        canvas.text(*around(x, y, radius * 0.66, middle), f"{share:g} %", 34, WHITE, bold=True)
        beside = around(x, y, radius + 38, middle)
        side = "l" if beside[0] > x else "r"
        canvas.text(*beside, name, 32, INK, anchor=f"{side}m")
        start += share * 3.6
    return canvas.finish(description)


def scatter(
    title: str,
    x_axis: tuple[str, float, float],
    y_axis: tuple[str, float, float],
    points: Sequence[Pixel],
    *,
    places: Mapping[str, tuple[float, float, float, float]],
    description: str,
) -> Picture:
    """Dots over two axes that start at 0; an axis is (name, end, step).

    Places: the boxes given as `places` (left, low, right, high) in units of the axes.
    """
    canvas = Canvas()
    canvas.text(90, 70, title, 40, anchor="lm", bold=True)
    canvas.text(90, 126, y_axis[0], 30, MUTED, anchor="lm")
    bottom = _BOTTOM - 20

    def at(x: float, y: float) -> Pixel:
        return _LEFT + (_RIGHT - _LEFT) * x / x_axis[1], bottom - (bottom - _TOP) * y / y_axis[1]

    for tick in _ticks(y_axis[1], y_axis[2]):
        canvas.line([at(0, tick), at(x_axis[1], tick)], GRID, 2.5)
        canvas.text(_LEFT - 22, at(0, tick)[1], f"{tick:g}", 28, MUTED, anchor="rm")
    for tick in _ticks(x_axis[1], x_axis[2]):
        canvas.line([at(tick, 0), at(tick, y_axis[1])], GRID, 2.5)
        canvas.text(at(tick, 0)[0], bottom + 34, f"{tick:g}", 28, MUTED)
    canvas.line([(_LEFT, _TOP), (_LEFT, bottom), (_RIGHT, bottom)], MUTED, 3)
    canvas.text((_LEFT + _RIGHT) / 2, bottom + 86, x_axis[0], 30, MUTED)
    for x, y in points:
        canvas.disc(*at(x, y), 13, BLUE, line=WHITE, width=3)
    for name, (left, low, right, high) in places.items():
        canvas.place(name, *at(left, high), *at(right, low))
    return canvas.finish(description)


def _titled(title: str, unit: str) -> Canvas:
    canvas = Canvas()
    canvas.text(_LEFT - 62, 68, title, 40, anchor="lm", bold=True)
    canvas.text(_LEFT - 62, 118, unit, 30, MUTED, anchor="lm")
    return canvas


def _horizontal_grid(canvas: Canvas, low: float, top: float, step: float) -> None:
    for tick in _ticks(top - low, step):
        y = _height(low + tick, top)
        canvas.line([(_LEFT, y), (_RIGHT, y)], GRID if tick else RULE, 2.5)
        canvas.text(_LEFT - 22, y, f"{low + tick:g}", 28, MUTED, anchor="rm")


def _height(value: float, top: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * value / top


def _ticks(end: float, step: float) -> list[float]:
    return [step * index for index in range(round(end / step) + 1)]
