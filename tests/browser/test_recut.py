"""A bad split in a real browser: proposed at the workbench, accepted, and the open page moves along."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from annotations.models import Critique, CutProposal, Segmentation
from annotations.models.records import critique_record
from tests.browser.conftest import PageOf
from tests.browser.workbench import CHAIN, a_charts_project, open_workbench, press
from tests.builders import a_person

pytestmark = pytest.mark.django_db(transaction=True)

CUT = "so the growth"


def test_a_step_is_cut_anew_under_an_open_page(page_of: PageOf) -> None:
    project, (response,) = a_charts_project(responses=1)
    page = page_of(a_person("ann.kim", role="annotator", project=project))
    open_workbench(page)
    press(page, "1", "Enter", "1", "Enter", "3", "s", *["ArrowRight"] * 4, "Enter")  # the emoji
    page.locator(".step.open mark").first.wait_for()
    page.evaluate(
        """(text) => {
            const step = document.querySelector(".step.open .step-text");
            const walker = document.createTreeWalker(step, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf(text);
                if (at >= 0) getSelection().collapse(walker.currentNode, at);
            }
        }""",
        CUT,
    )
    page.keyboard.press("d")
    expect(page.locator("#recut [data-after]")).to_contain_text(CUT)
    page.get_by_role("button", name="Split here").click()
    expect(page.locator(".toast")).to_contain_text("Proposed")
    proposal = CutProposal.objects.get()
    assert response.source_text[proposal.at :].startswith(CUT)

    reviewer = page_of(a_person("ben", role="reviewer", project=project))
    reviewer.goto("/p/charts-pilot/reports/cuts")
    expect(reviewer.locator(".before-after")).to_contain_text(CUT)
    reviewer.get_by_role("button", name="Accept").click()
    expect(reviewer.locator(".message")).to_contain_text("cut anew")

    page.locator("#comment").evaluate("field => field.closest('.step').click()")
    page.locator("#comment").fill("Typed under the old cut.")
    expect(page.locator("[data-step]:not([hidden])")).to_have_count(7)
    expect(page.locator(".toast")).to_contain_text("cut anew")
    expect(page.locator("#comment")).to_have_value("Typed under the old cut.")
    expect(page.locator("[data-step='3'] mark")).to_have_count(1)
    press(page, "Escape")
    for step in (4, 5, 6):
        page.locator(f"#step-{step}").click()
        page.locator(f"#step-{step} .verdict-choice[data-verdict=correct]").click()
    page.locator("#step-3").click()
    page.locator("#step-3 [name$='.explanation']").fill("No such person.")
    page.locator("#step-answer").click()
    page.locator("#step-answer .verdict-choice[data-verdict=correct]").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Nothing is left for you here")).to_be_visible()

    critique = Critique.objects.whole().get()
    assert (critique.segmentation, critique.step_count) == (2, 6)
    assert Segmentation.objects.filter(response=response).count() == 2
    record = critique_record(critique)
    assert [judgment.verdict for judgment in record.judgments] == ["correct", "correct", "incorrect", *["correct"] * 3]
    (mark,) = record.judgments[2].findings[0].marks
    assert CHAIN[2][mark.start : mark.end].startswith("👩")  # type: ignore[union-attr]
    assert record.comment == "Typed under the old cut."
