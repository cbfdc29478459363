"""What the tests of the Annotate page share: a chart, a chain with one error, and what a person does."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image as Picture
from PIL import ImageDraw
from playwright.sync_api import Page, expect

from annotations.models import Project, Response
from tests.builders import a_problem, a_project, a_response, an_image

CHAIN = (
    "The chart gives units sold for four years, in thousands.",
    "In 2020, 47 thousand units were sold.",
    "The bar for 2021 👩‍🔬 shows 66 thousand units, so the growth is $66 - 47 = 19$ thousand.",
    r"The growth as a percentage of 2020 is $\frac{19}{47} \approx 40.4\,\%$.",
    "Therefore sales grew by 40.4 %.",
)
QUESTION = "By how much did sales grow from 2020 to 2021, as a percentage of 2020?"


def a_chart(width: int = 620, height: int = 440) -> bytes:
    picture = Picture.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    for index, value in enumerate((47, 62, 69, 77)):
        left, top = 100 + 125 * index, 360 - value * 3.5
        draw.rectangle((left, top, left + 70, 360), fill="#8fa8c9")
        draw.text((left + 25, top - 20), str(value), fill="#333")
        draw.text((left + 20, 375), str(2020 + index), fill="#333")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def a_charts_project(responses: int = 2, **rules: Any) -> tuple[Project, list[Response]]:
    project = a_project("charts-pilot", name="Charts pilot", **rules)
    problem = a_problem(project, images=[an_image(project, a_chart(), width=620, height=440)], question=QUESTION)
    return project, [a_response(CHAIN, problem=problem) for _ in range(responses)]


def open_workbench(page: Page) -> None:
    page.goto("/p/charts-pilot/annotate")
    expect(page.locator(".step.open")).to_have_attribute("data-step", "1")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def everything_is_saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text("Saved")
