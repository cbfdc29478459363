"""A chain shown step by step, in a real browser: nothing of a later step reaches it before its turn."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.models import Critique
from annotations.models.records import critique_record
from tests.browser.conftest import PageOf
from tests.browser.workbench import CHAIN, a_charts_project, open_workbench, press
from tests.builders import a_person

pytestmark = pytest.mark.django_db(transaction=True)


def all_bodies(page: Page) -> list[str]:
    bodies: list[str] = []

    def keep(reply: Any) -> None:
        if "/static/" not in reply.url and reply.status == 200:
            bodies.append(reply.body().decode("utf-8", "replace"))

    page.on("response", keep)
    return bodies


def test_a_chain_is_judged_step_by_step(page_of: PageOf) -> None:
    project, _ = a_charts_project(responses=1, step_reveal=True)
    page = page_of(a_person("ann.kim", role="annotator", project=project), expect_errors=True)
    bodies = all_bodies(page)
    open_workbench(page)
    press(page, "Enter")
    expect(page.locator(".toast")).to_contain_text("Step 1 has no verdict yet")
    for step, text in enumerate(CHAIN[1:], 2):
        assert not [body for body in bodies if text[:30] in body]
        press(page, "1", "Enter")
        expect(page.locator(".step.open")).to_have_attribute("data-step", str(step))
        expect(page.locator("[data-where]")).to_have_text(f"Step {step} of 5")
    assert not [body for body in bodies if "40.4 %</" in body and "Answer" in body]
    press(page, "3", "n")
    page.locator(".step.open [name$='.explanation']").fill("It reads 62.")
    press(page, "Escape", "t")
    page.keyboard.type("te")
    press(page, "Enter", "Escape", "Enter")
    expect(page.locator(".step.open")).to_have_attribute("data-step", "answer")
    expect(page.locator("#step-answer [data-answer]")).to_contain_text("40.4 %")
    press(page, "3", "k", "k", "2", "Control+Enter")  # a second thought about step 4, with the end in sight
    expect(page.get_by_text("Nothing is left for you here")).to_be_visible()
    judgments = critique_record(Critique.objects.whole().get()).judgments
    assert [judgment.verdict for judgment in judgments] == ["correct", "correct", "correct", "neutral", "incorrect"]
    assert [judgment.steps_seen for judgment in judgments] == [1, 2, 3, 5, 5]
    assert [finding.error_type for finding in judgments[4].findings] == ["perception/text_reading"]


def test_what_was_shown_is_shown_again_after_a_reload_and_marks_work_in_new_steps(page_of: PageOf) -> None:
    project, _ = a_charts_project(responses=1, step_reveal=True)
    page = page_of(a_person("ann.kim", role="annotator", project=project))
    open_workbench(page)
    press(page, "1", "Enter")
    expect(page.locator(".step.open")).to_have_attribute("data-step", "2")
    press(page, "3", "s", "Enter")
    expect(page.locator(".step.open mark")).to_contain_text("In")
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    page.reload()
    expect(page.locator("[data-step]:not([hidden])")).to_have_count(2)
    expect(page.locator("[data-step='2'] mark")).to_contain_text("In")
