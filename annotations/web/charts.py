"""Charts as SVG, made on the server: Altair describes them, vl-convert draws them. No script reaches the browser.

Colours are stand-ins that become the page's variables, so that one drawing serves light and dark. Links of marks are
relative to the page: vl-convert makes them absolute to a host of its own, which is taken off again. Numbers in a chart
stand in the table beside it, so the drawing is hidden from screen readers but for its title.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString, mark_safe

INK, SOFT, LINE, ACCENT, WASH = "#010101", "#020202", "#030303", "#040404", "#050505"
SERIES = ("#110101", "#110202", "#110303", "#110404", "#110505", "#110606")
_VARIABLES = {INK: "--ink", SOFT: "--soft", LINE: "--line", ACCENT: "--accent", WASH: "--accent-wash"} | {
    colour: f"--m{number}" for number, colour in enumerate(SERIES, 1)
}
_HOST = re.compile(r'(xlink:href|href)="https?://[^/"]*/+(?:[^"?]*)(\?[^"]*)?"')
_STYLE = re.compile(r' style="([^"]*)"')
WIDTH = 560
ROW = 26  # pixels of a bar or a dot with its name

Row = Mapping[str, Any]


def warm() -> None:
    """Loads Altair and the drawing engine (half a second and 70 MB), so that nobody waits for it on their page."""
    dots([{"label": "", "value": 0.5, "low": 0.4, "high": 0.6, "href": "?"}], {}, "")


def dots(
    rows: Sequence[Row], rules: Mapping[str, float | None], title: str, *, domain: tuple[float, float] = (0, 1)
) -> SafeString:
    """`rows`: label, value, low, high, href. `rules`: upright lines with their names, such as baselines."""
    import altair as alt

    order = [row["label"] for row in rows]
    x = alt.X("value:Q", title=title, scale=alt.Scale(domain=list(domain)))
    y = alt.Y("label:N", sort=order, title=None)
    base = alt.Chart(alt.Data(values=list(rows)))
    layers: list[Any] = [
        base.transform_filter("datum.low != null")
        .mark_rule(color=ACCENT, strokeWidth=2)
        .encode(x=alt.X("low:Q", title=title), x2="high:Q", y=y),
        base.mark_point(color=ACCENT, filled=True, size=70, opacity=1).encode(x=x, y=y, href="href:N"),
    ]
    known = [{"rule": name, "value": value} for name, value in rules.items() if value is not None]
    if known:
        lines = alt.Chart(alt.Data(values=known))
        layers.insert(0, lines.mark_rule(color=SOFT, strokeDash=[4, 3]).encode(x="value:Q"))
        layers.append(
            lines.mark_text(color=SOFT, angle=330, align="left", baseline="bottom", dx=4, fontSize=10).encode(
                x="value:Q", y=alt.value(0), text="rule:N"
            )
        )
    return _drawn(alt.layer(*layers).properties(width=WIDTH, height=max(len(rows) * ROW, 110)))


def stacked(rows: Sequence[Row], title: str) -> SafeString:
    """`rows`: label, part, value, href; parts keep the order of the rows."""
    import altair as alt

    parts = list(dict.fromkeys(row["part"] for row in rows))
    order = list(dict.fromkeys(row["label"] for row in rows))
    numbered = [{**row, "place": parts.index(row["part"])} for row in rows]
    chart = (
        alt.Chart(alt.Data(values=numbered))
        .mark_bar(stroke=WASH)
        .encode(
            x=alt.X("value:Q", title=title, stack="zero"),
            y=alt.Y("label:N", sort=order, title=None),
            color=alt.Color(
                "part:N", sort=parts, title=None, scale=alt.Scale(domain=parts, range=list(SERIES[: len(parts)]))
            ),
            order="place:O",
            href="href:N",
        )
        .properties(width=WIDTH, height=max(len(order) * ROW, ROW))
    )
    return _drawn(chart)


def heat(rows: Sequence[Row], title: str) -> SafeString:
    """`rows`: one, other, value (0 to 1), href. The value stands in each field."""
    import altair as alt

    base = alt.Chart(alt.Data(values=list(rows))).encode(x=alt.X("one:N", title=None), y=alt.Y("other:N", title=None))
    squares = base.mark_rect(color=ACCENT, stroke=LINE).encode(
        opacity=alt.Opacity("value:Q", scale=alt.Scale(domain=[0, 1], range=[0.05, 0.75]), legend=None), href="href:N"
    )
    text = base.mark_text(color=INK).encode(text=alt.Text("value:Q", format=".2f"), href="href:N")
    side = len({row["one"] for row in rows} | {row["other"] for row in rows})
    return _drawn((squares + text).properties(width=max(60 * side, 160), height=max(40 * side, 90), title=title))


def reliability(rows: Sequence[Row], x: str, y: str) -> SafeString:
    """`rows`: series, confidence, accuracy, href; the diagonal is perfect calibration."""
    import altair as alt

    series = list(dict.fromkeys(row["series"] for row in rows))
    scale = alt.Scale(domain=series, range=[SERIES[number % len(SERIES)] for number in range(len(series))])
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        x=alt.X("confidence:Q", title=x, scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("accuracy:Q", title=y, scale=alt.Scale(domain=[0, 1])),
        color=alt.Color("series:N", title=None, scale=scale),
    )
    diagonal = alt.Chart(alt.Data(values=[{"confidence": 0, "accuracy": 0}, {"confidence": 1, "accuracy": 1}]))
    layers = (
        diagonal.mark_line(color=SOFT, strokeDash=[4, 3]).encode(x="confidence:Q", y="accuracy:Q"),
        base.mark_line(),
        base.mark_point(filled=True, size=70, opacity=1).encode(href="href:N"),
    )
    return _drawn(alt.layer(*layers).properties(width=340, height=300))


def scatter(rows: Sequence[Row], x: str, y: str) -> SafeString:
    """`rows`: label, x, y, front (whether on the Pareto front)."""
    import altair as alt

    base = alt.Chart(alt.Data(values=list(rows))).encode(
        x=alt.X("x:Q", title=x), y=alt.Y("y:Q", title=y, scale=alt.Scale(domain=[0, 1]))
    )
    points = base.mark_point(size=90, color=ACCENT, opacity=1).encode(
        fill=alt.condition("datum.front", alt.value(ACCENT), alt.value(WASH))
    )
    names = base.mark_text(color=INK, align="left", dx=9).encode(text="label:N")
    return _drawn((points + names).properties(width=WIDTH, height=260))


def _drawn(chart: Any) -> SafeString:
    spec = chart.configure(
        background="transparent",
        font="inherit",
        axis={
            "labelColor": INK,
            "titleColor": SOFT,
            "gridColor": LINE,
            "domainColor": LINE,
            "tickColor": LINE,
            "labelLimit": 260,
            "titleFontWeight": "normal",
        },
        legend={"labelColor": INK, "orient": "top"},
        view={"stroke": None},
        title={"color": SOFT, "fontWeight": "normal"},
    ).to_dict()
    spec.pop("$schema", None)
    return mark_safe(_svg(json.dumps(spec, sort_keys=True)))  # noqa: S308  # drawn from numbers and names that vl-convert escapes


@lru_cache(maxsize=256)
def _svg(spec: str) -> str:
    import vl_convert

    svg = vl_convert.vegalite_to_svg(json.loads(spec))
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    svg = _HOST.sub(lambda found: f'{found[1]}="{found[2] or ""}"', svg)
    svg = _STYLE.sub(_as_attributes, svg)
    svg = svg.replace("<a ", '<a tabindex="-1" ')  # the table beside it has the same links
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _as_attributes(found: re.Match[str]) -> str:
    """`style="a: b"` as `a="b"`: a strict policy lets no inline style through. `cursor` is the style sheet's."""
    pairs = (part.split(":", 1) for part in found[1].split(";") if ":" in part)
    return "".join(f' {name.strip()}="{value.strip()}"' for name, value in pairs if name.strip() in {"fill", "stroke"})
