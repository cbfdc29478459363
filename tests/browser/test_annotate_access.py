"""The workbench for everyone: axe finds nothing, in both themes and in its states; it fits small and large screens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PageOf
from tests.browser.workbench import a_charts_project, everything_is_saved, open_workbench, press
from tests.builders import a_person

pytestmark = pytest.mark.django_db(transaction=True)

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def ann() -> Iterator[Any]:
    project, _ = a_charts_project()
    yield a_person("ann.kim", role="admin", project=project)


def axe_finds_nothing(page: Page) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert not found, "; ".join(f"{each['id']}: {[node['html'][:160] for node in each['nodes']]}" for each in found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state_of_the_page(ann: Any, page_of: PageOf, theme: str) -> None:
    page = page_of(ann, theme=theme)
    open_workbench(page)
    axe_finds_nothing(page)
    press(page, "1", "Enter", "3", "s", "Enter", "b", "Enter")
    page.locator(".step.open [data-prefill]").click()
    page.keyboard.type(" and more")
    everything_is_saved(page)
    axe_finds_nothing(page)
    press(page, "Escape", "j", "3", "i")
    axe_finds_nothing(page)
    press(page, "Escape", "?")
    axe_finds_nothing(page)
    for key in ("Control+k", "g", "h"):
        press(page, "Escape", key)
        expect(page.locator("dialog[open]")).to_be_visible()
        axe_finds_nothing(page)
    press(page, "Escape")
    page.locator("[data-do=skip]").click()
    axe_finds_nothing(page)


@pytest.mark.parametrize(("theme", "soft"), [("light", "rgb(51, 51, 51)"), ("dark", "rgb(221, 221, 221)")])
def test_where_more_contrast_is_asked_for_soft_words_are_strong_and_axe_finds_nothing(
    ann: Any, page_of: PageOf, theme: str, soft: str
) -> None:
    page = page_of(ann, theme=theme)
    page.emulate_media(contrast="more")
    open_workbench(page)
    press(page, "3", "s", "Enter")
    assert page.locator(".soft:visible").first.evaluate("(node) => getComputedStyle(node).color") == soft
    axe_finds_nothing(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_around_it(ann: Any, page_of: PageOf, theme: str) -> None:
    page = page_of(ann, theme=theme, expect_errors=True)
    for path in ("/", "/p/charts-pilot/guideline", "/nowhere"):
        page.goto(path)
        axe_finds_nothing(page)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720)])
def test_the_page_itself_does_not_scroll(ann: Any, page_of: PageOf, width: int, height: int) -> None:
    page = page_of(ann, width=width, height=height)
    open_workbench(page)
    assert page.evaluate("document.documentElement.scrollHeight") == height
    expect(page.locator("[data-submit]")).to_be_in_viewport()
    expect(page.locator(".question")).to_be_in_viewport(ratio=0.9)


def test_on_a_phone_nothing_overflows_and_the_image_stays_in_reach(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, width=390, height=844)
    open_workbench(page)
    page.locator("#step-answer").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.locator("[data-stage]")).to_be_in_viewport()
    expect(page.locator("#step-answer .verdicts")).to_be_in_viewport()


def test_focus_is_never_lost(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "3", "n")
    page.locator("[data-remove-finding]").click()
    expect(page.locator(".step.open")).to_be_focused()
    press(page, "Enter")
    expect(page.locator("[data-step='2']")).to_be_focused()
