"""How many presses, and how long, one item takes by keyboard: `pytest tests/bench/workbench_keys.py -s`.

Two chains of five steps, one with one error (type, severity, span, region, explanation, correction; the rest inherits)
and one that is correct. A press is one key going down, held modifiers counted each; letters of text are told apart.
Seconds are those of the script without pauses for typing, up to the critique in the database.
"""

from __future__ import annotations

import sys
from time import perf_counter

import pytest
from playwright.sync_api import Page, expect

from annotations.models import Critique
from annotations.models.records import critique_record
from tests.browser.conftest import PageOf, chromium, page_of, playwright
from tests.browser.workbench import CHAIN, a_charts_project, open_workbench
from tests.builders import a_person

__all__ = ["chromium", "page_of", "playwright"]  # fixtures
pytestmark = pytest.mark.django_db(transaction=True)


class Hands:
    """Counts what is pressed."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses, self.letters = page, 0, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.presses += len(key.split("+")) if len(key) > 1 else 1
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.letters += len(text)
        self.page.keyboard.type(text)

    def submit(self) -> None:
        self.press("Control+Enter")
        expect(self.page.locator("[data-left]")).to_have_text("6 to judge")


def a_page(page_of: PageOf) -> Page:
    project, _ = a_charts_project()
    page = page_of(a_person("ann.kim", role="annotator", project=project))
    open_workbench(page)
    return page


def test_an_item_with_one_error(page_of: PageOf) -> None:
    hands = Hands(a_page(page_of))
    began = perf_counter()
    hands.press("Space", "Space")  # two correct steps
    hands.press("s", "6", "Shift+ArrowRight", "Shift+ArrowRight", "Enter")  # the span: 66 thousand units
    hands.press("b", "ArrowLeft", "ArrowLeft", "Shift+ArrowDown", "Enter")  # the region, put in its place
    hands.press("t", "t", "e", "Enter", "3")  # perception, text reading; decides the answer
    hands.write("The label reads 62, not 66.")
    hands.press("Escape", "w")  # the step's text, the marked words of it selected
    hands.write("62 thousand units")
    hands.press("Escape", "Shift+Enter", "3")  # the rest inherits; the answer is incorrect
    hands.submit()
    tell("one error", hands, perf_counter() - began)
    critique = critique_record(Critique.objects.whole().get())
    assert [each.verdict for each in critique.judgments] == ["correct"] * 2 + ["incorrect"] * 3
    (finding,) = critique.judgments[2].findings
    assert (finding.error_type, finding.severity) == ("perception/text_reading", "decisive")
    assert [mark.kind for mark in finding.marks] == ["span", "region"]
    assert finding.explanations == ("The label reads 62, not 66.",)
    assert finding.corrected_text == CHAIN[2].replace("66 thousand", "62 thousand")


@pytest.mark.parametrize("keys", [["Space"], ["1", "Enter"]])
def test_a_correct_chain(page_of: PageOf, keys: list[str]) -> None:
    hands = Hands(a_page(page_of))
    began = perf_counter()
    hands.press(*keys * 5, "1")
    hands.submit()
    tell(f"all correct by {' '.join(keys)}", hands, perf_counter() - began)
    assert [each.verdict for each in critique_record(Critique.objects.whole().get()).judgments] == ["correct"] * 5
    assert hands.presses <= 2 * 5 + 1 + 2  # two a step, the answer, submit


def tell(what: str, hands: Hands, seconds: float) -> None:
    sys.stdout.write(f"\n{what}: {hands.presses} presses, {hands.letters} letters of text, {seconds:.2f} s\n")
