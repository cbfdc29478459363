"""Charts: drawn without style, script or foreign host, with the page's colours and links."""

from __future__ import annotations

import re

import pytest

from annotations.web import charts

EVIL = '<script>alert("x")</script>'
ROW = {"label": EVIL, "value": 0.4, "low": 0.3, "high": 0.5, "href": "?of=steps&author=a%22b"}
DRAWN = {
    "dots": lambda: charts.dots([ROW, {**ROW, "label": "b", "low": None, "high": None}], {"coin": 0.3}, "Step F1"),
    "stacked": lambda: charts.stacked([{**ROW, "part": "hit"}, {**ROW, "part": "miss"}], "steps"),
    "heat": lambda: charts.heat([{**ROW, "one": EVIL, "other": "b"}], "alike"),
    "reliability": lambda: charts.reliability([{**ROW, "series": EVIL, "confidence": 0.2, "accuracy": 0.4}], "x", "y"),
    "scatter": lambda: charts.scatter([{"label": EVIL, "x": 2.0, "y": 0.4, "front": True}], "seconds", "Step F1"),
}


@pytest.mark.parametrize("kind", DRAWN)
def test_a_chart_keeps_to_a_strict_policy(kind: str) -> None:
    svg = DRAWN[kind]()
    assert svg.startswith("<svg ")
    assert "<script" not in svg
    assert " style=" not in svg
    assert "var(--" in svg
    hosts = set(re.findall(r'"(https?://[^"]*)"', svg))
    assert hosts <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_links_stay_relative_and_whole() -> None:
    links = re.findall(r'xlink:href="([^"]*)"', DRAWN["heat"]())
    assert set(links) == {"?of=steps&amp;author=a%22b"}
