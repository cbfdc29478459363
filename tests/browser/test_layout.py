"""The workbench on every screen: large text, from the right, forced colours, by touch; and nothing jumps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.models import DraftField
from tests.browser.conftest import PageOf
from tests.browser.workbench import a_charts_project, everything_is_saved, open_workbench, press
from tests.builders import a_person

pytestmark = pytest.mark.django_db(transaction=True)

SHIFTS = """() => new Promise((resolve) => {
    const shifts = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            shifts.push(`${entry.value}: ${entry.sources.map(({node}) => node?.className || node?.nodeName)}`);
        }
    }).observe({type: "layout-shift", buffered: true});
    setTimeout(() => resolve(shifts), 300);
})"""


@pytest.fixture
def ann() -> Iterator[Any]:
    project, _ = a_charts_project()
    yield a_person("ann.kim", role="admin", project=project)


def scrolls_sideways(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720), (390, 844)])
def test_nothing_shifts_while_the_workbench_loads(ann: Any, page_of: PageOf, width: int, height: int) -> None:
    page = page_of(ann, width=width, height=height)
    page.goto("/p/charts-pilot/annotate", wait_until="networkidle")
    expect(page.locator(".step.open")).to_have_attribute("data-step", "1")
    assert page.evaluate(SHIFTS) == []


@pytest.mark.parametrize(("width", "height", "text"), [(1440, 900, 200), (720, 450, 100), (390, 844, 200)])
def test_text_of_twice_the_size_fits(ann: Any, page_of: PageOf, width: int, height: int, text: int) -> None:
    page = page_of(ann, width=width, height=height)
    open_workbench(page)
    page.evaluate(
        """(text) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`:root { font-size: ${text}% !important; }`);
            document.adoptedStyleSheets.push(sheet);
        }""",
        text,
    )
    assert not scrolls_sideways(page)
    if width == 1440:
        expect(page.locator("[data-submit]")).to_be_in_viewport()
    page.locator("#step-answer").scroll_into_view_if_needed()
    page.locator("#step-answer").click()
    page.locator("#step-answer .verdict-choice").first.click()
    everything_is_saved(page)
    assert DraftField.objects.get(path="answer.verdict").value == "correct"


def test_from_the_right_the_page_is_mirrored_and_nothing_breaks(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    page.evaluate("document.documentElement.dir = 'rtl'")
    press(page, "3", "n")
    assert not scrolls_sideways(page)
    look, chain = (page.locator(name).bounding_box() for name in ("[data-look]", "[data-workbench]"))
    assert look and chain and look["x"] > chain["x"]
    first, last = (page.locator(".step.open .verdict-choice").nth(at).bounding_box() for at in (0, 3))
    assert first and last and first["x"] > last["x"]
    number, text = (page.locator(f".step.open > .{name}").bounding_box() for name in ("n", "t"))
    assert number and text and number["x"] > text["x"]
    inside = page.evaluate(
        """() => [...document.querySelectorAll(".step.open *")].every((element) => {
            const {left, right, width} = element.getBoundingClientRect();
            return !width || (left >= -1 && right <= innerWidth + 1);
        })"""
    )
    assert inside


def test_what_is_chosen_is_seen_in_forced_colours(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    page.emulate_media(forced_colors="active")
    open_workbench(page)
    press(page, "3")
    outline = "(element) => getComputedStyle(element).outlineStyle"
    chosen = page.locator(".step.open .verdict-choice[data-verdict='incorrect']")
    assert chosen.evaluate(outline) == "solid"
    assert page.locator(".step.open .verdict-choice[data-verdict='correct']").evaluate(outline) == "none"


def test_with_reduced_motion_nothing_moves(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    page.emulate_media(reduced_motion="reduce")
    open_workbench(page)
    seconds = "(element) => parseFloat(getComputedStyle(element).transitionDuration)"
    assert page.locator(".verdict-choice").first.evaluate(seconds) <= 0.001


def test_marks_are_made_by_touch_on_a_phone(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, width=390, height=844)
    open_workbench(page)
    page.locator(".step.open .verdict-choice[data-verdict='incorrect']").click()
    page.locator("[data-look] [data-do='box']").click()
    stage = page.locator("[data-stage] svg").bounding_box()
    assert stage
    middle = {"x": stage["x"] + stage["width"] / 2, "y": stage["y"] + stage["height"] / 2}
    touch = """([kind, x, y]) => {
        const svg = document.querySelector("[data-stage] svg");
        svg.dispatchEvent(new PointerEvent(kind, {
            pointerId: 1, pointerType: "touch", isPrimary: true, button: kind === "pointermove" ? -1 : 0, buttons: 1,
            clientX: x, clientY: y, bubbles: true, cancelable: true,
        }));
    }"""
    page.evaluate("SVGElement.prototype.setPointerCapture = () => {}")  # a made-up pointer cannot be captured
    page.evaluate(touch, ["pointerdown", middle["x"] - 30, middle["y"] - 30])
    page.evaluate(touch, ["pointermove", middle["x"] + 30, middle["y"] + 30])
    page.evaluate(touch, ["pointerup", middle["x"] + 30, middle["y"] + 30])
    everything_is_saved(page)
    (mark,) = DraftField.objects.get(path__endswith=".marks").value
    assert mark["kind"] == "region"
    expect(page.locator("[data-stage]")).to_be_in_viewport()
