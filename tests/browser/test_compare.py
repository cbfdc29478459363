"""The compare page in a browser: keys, lights, both themes, six columns, the phone, without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotations.core.schema import Evidence, Finding, Judgment, Region, Span
from annotations.models import Project, Response
from tests.browser.conftest import PageOf
from tests.builders import a_critic, a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.usefixtures("committed_db")

STEPS = ["The chart gives units.", "In 2020 it was 47.", "The bar shows 66 units.", "So 19 more.", "That is 40 %."]


@pytest.fixture
def project() -> Project:
    return a_project("bars", name="Bars")


@pytest.fixture
def reviewer(project: Project) -> Any:
    return a_person("rita", role="reviewer", project=project)


def a_compared(project: Project, critics: int = 2) -> Response:
    """Steps 3 and 5 differ; the last critic marks text and image, looks something up, and leaves step 4 unparsed."""
    response = a_response(STEPS, problem=a_problem(project))
    for number in range(1, critics):
        a_critique(response, author=a_critic(f"critic {number}"))
    finding = Finding(
        error_type="perception/text_reading",
        severity="decisive",
        explanations=("The label reads 62. " * 12, "It is 62."),
        corrected_text="The bar shows 62 units.",
        marks=(Span(start=14, end=16), Region(points=((0.2, 0.2), (0.6, 0.7)))),
    )
    judgments = (
        Judgment(step=1, verdict="correct", confidence=0.6),
        Judgment(step=2, verdict="correct"),
        Judgment(step=3, verdict="incorrect", own_error=True, findings=(finding,)),
        Judgment(step=4, state="unparsed"),
        Judgment(step=5, verdict="incorrect", own_error=False, inherits_from=(3,)),
    )
    evidence = (
        Evidence(kind="ocr", content={"image": 1, "lines": ["62", "47"]}),
        Evidence(kind="question_answer", step=3, content={"question": "What is the label?", "answer": "62"}),
    )
    a_critique(
        response, author=a_critic("marker"), judgments=judgments, evidence=evidence, raw_output="It is " + "wrong " * 90
    )
    return response


def opened(page: Page, response: Response) -> Page:
    page.goto(reverse("compare", args=[response.project.slug, response.pk]))
    return page


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id")


def in_sight(page: Page, selector: str) -> bool:
    """Whether the top of the element is what one sees there: not below the fold, not under a sticky head."""
    return page.evaluate(
        """selector => {
            const head = document.querySelector(selector).querySelector("th .n");
            const { left, top, width, height } = head.getBoundingClientRect();
            const seen = document.elementFromPoint(left + width / 2, top + height / 2);
            return seen === head || head.contains(seen);
        }""",
        selector,
    )


def test_it_opens_at_the_first_difference(page_of: PageOf, project: Project, reviewer: Any) -> None:
    page = opened(page_of(reviewer), a_compared(project))
    expect(page.locator("#step-3")).to_be_focused()
    assert in_sight(page, "#step-3")
    assert page.evaluate("scrollX + scrollY") == 0


def test_j_and_k_go_from_difference_to_difference_in_sight(page_of: PageOf, project: Project, reviewer: Any) -> None:
    page = opened(page_of(reviewer, height=420), a_compared(project))
    expect(page.locator("#step-3")).to_be_focused()
    for key, at in (("j", "step-5"), ("j", "step-5"), ("k", "step-3"), ("k", "step-3"), ("Shift+J", "step-5")):
        page.keyboard.press(key)
        assert focused(page) == at
        assert in_sight(page, f"#{at}")
    shadow = page.locator("#step-5 td").first.evaluate("cell => getComputedStyle(cell).boxShadow")
    assert "inset" in shadow


def test_n_goes_on_to_the_next_response_that_differs(page_of: PageOf, project: Project, reviewer: Any) -> None:
    first = a_compared(project)
    a_critique(a_response(STEPS, project=project))
    second = a_compared(project)
    page = opened(page_of(reviewer), first)
    page.keyboard.press("n")
    page.wait_for_url(f"**/{second.pk}")
    page.keyboard.press("n")
    page.wait_for_url("**/responses?agreement=differs")
    expect(page.get_by_role("status")).to_contain_text("That was the last difference")


def test_text_region_and_finding_light_up_together(page_of: PageOf, project: Project, reviewer: Any) -> None:
    page = opened(page_of(reviewer), a_compared(project))
    parts = {
        "text": page.locator('mark[data-mark="1"]'),
        "region": page.locator('.region[data-mark="1"]'),
        "finding": page.locator("#finding-1"),
    }
    for name, part in parts.items():
        page.mouse.move(700, 5)
        for other in parts.values():
            expect(other).not_to_have_class("lit")
        if name == "region":
            box = part.bounding_box()
            assert box is not None
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        else:
            part.hover()
        for other in parts.values():
            expect(other).to_contain_class("lit")
    page.mouse.move(700, 5)
    page.locator("#finding-1 a.mark-number").focus()
    for other in parts.values():
        expect(other).to_contain_class("lit")


def test_keys_do_nothing_in_a_field(page_of: PageOf, project: Project, reviewer: Any) -> None:
    page = opened(page_of(reviewer), a_compared(project))
    page.evaluate("document.querySelector('.ask').append(document.createElement('input'))")
    page.locator(".ask input").focus()
    page.keyboard.type("jnk")
    expect(page.locator(".ask input")).to_have_value("jnk")
    assert "/compare/" in page.url


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height", "critics"), [(1440, 900, 2), (1440, 900, 6), (390, 844, 6)])
def test_axe_finds_nothing(
    page_of: PageOf, project: Project, reviewer: Any, theme: str, width: int, height: int, critics: int
) -> None:
    page = opened(page_of(reviewer, width=width, height=height, theme=theme), a_compared(project, critics))
    expect(page.locator("#step-3")).to_be_focused()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert in_sight(page, "#step-3")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_the_list(
    page_of: PageOf, project: Project, reviewer: Any, theme: str, width: int
) -> None:
    a_compared(project)
    page = page_of(reviewer, width=width, theme=theme)
    page.goto(reverse("responses", args=[project.slug]) + "?agreement=nonsense")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_moves_while_it_loads(page_of: PageOf, project: Project, reviewer: Any) -> None:
    page = page_of(reviewer)
    page.add_init_script(
        "window.shifts = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) shifts += e.value })"
        ".observe({ type: 'layout-shift', buffered: true })"
    )
    opened(page, a_compared(project))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("shifts") < 0.01


def test_without_scripts_all_of_it_can_be_read(page_of: PageOf, project: Project, reviewer: Any) -> None:
    page = opened(page_of(reviewer, scripts=False), a_compared(project))
    for words in ("The label reads 62.", "What is the label?", "What the model wrote"):
        expect(page.get_by_text(words).first).to_be_visible()
    page.get_by_role("link", name="Next difference").click()
    expect(page.get_by_role("heading", name="Responses")).to_be_visible()


def test_on_paper_nothing_is_cut_off(page_of: PageOf, project: Project, reviewer: Any) -> None:
    page = opened(page_of(reviewer, width=1000), a_compared(project, 4))
    page.emulate_media(media="print")
    for part in (".critiques", ".look", "body"):
        overflow = page.locator(part).evaluate("part => getComputedStyle(part).overflowY")
        assert overflow == "visible"
    expect(page.get_by_text("62", exact=True).last).to_be_visible()
    expect(page.get_by_role("link", name="Next difference")).to_be_hidden()
