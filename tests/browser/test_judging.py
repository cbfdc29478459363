"""Everything that a person can say of a step, by keyboard, by mouse and by the plain form, as the database holds it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.core.critique_facts import first_error, visco_label
from annotations.models import Critique, DraftField
from annotations.models.records import critique_record
from tests.browser.conftest import PageOf
from tests.browser.workbench import CHAIN, a_charts_project, everything_is_saved, open_workbench, press
from tests.builders import a_person

pytestmark = pytest.mark.django_db(transaction=True)


def a_page(page_of: PageOf, *, scripts: bool = True, **rules: Any) -> Page:
    project, _ = a_charts_project(**rules)
    page = page_of(a_person("ann.kim", role="annotator", project=project), scripts=scripts)
    if scripts:
        open_workbench(page)
    return page


def fields() -> dict[str, Any]:
    rows = DraftField.objects.exclude(path__startswith="clients.").exclude(path__endswith=".seconds")
    return dict(rows.exclude(value=None).values_list("path", "value"))


def submitted(page: Page) -> Any:
    press(page, "Control+Enter")
    expect(page.locator("[data-left]")).to_have_text("6 to judge")
    return critique_record(Critique.objects.whole().get())


def test_a_correct_chain_takes_one_key_a_step(page_of: PageOf) -> None:
    page = a_page(page_of)
    press(page, *["Space"] * 6)
    critique = submitted(page)
    assert [each.verdict for each in critique.judgments] == ["correct"] * 5
    assert critique.answer.verdict == "correct"


def test_shift_and_a_digit_is_a_verdict_and_the_next_step(page_of: PageOf) -> None:
    page = a_page(page_of)
    press(page, "Shift+Digit2", "Shift+Digit4")
    everything_is_saved(page)
    expect(page.locator(".step.open")).to_have_attribute("data-step", "3")
    assert fields() | {"steps.1.verdict": "neutral", "steps.2.verdict": "unsure"} == fields()


@pytest.mark.parametrize(
    ("scale", "keys", "verdicts"),
    [
        ("correct incorrect", ["2"], ["incorrect"]),
        ("correct incorrect neutral", ["2", "Enter", "3"], ["neutral", "incorrect"]),
        ("correct incorrect unsure", ["3", "Enter", "2"], ["unsure", "incorrect"]),
    ],
)
def test_the_keys_of_the_verdicts_follow_the_scale_of_the_project(
    page_of: PageOf, scale: str, keys: list[str], verdicts: list[str]
) -> None:
    page = a_page(page_of, verdict_scale=scale)
    expect(page.locator(".step.open .verdict-choice")).to_have_count(len(scale.split()))
    press(page, *keys)
    everything_is_saved(page)
    assert [fields()[f"steps.{number}.verdict"] for number, _ in enumerate(verdicts, 1)] == verdicts


def test_where_an_error_comes_from_is_said_beside_the_verdict_and_what_follows_is_derived(page_of: PageOf) -> None:
    page = a_page(page_of)
    press(page, "1", "Enter", "u", "Enter", "o", "i", "Escape", "Enter", "i", "2", "3", "Escape", "Enter", "4", "r")
    page.keyboard.type("The axis is cut off.")
    press(page, "Escape", "Enter", "3")
    expect(page.locator("[data-derived]")).to_have_text("As VISCO labels: ✓ ✕ ✕ ✕ ○ · first error: step 2")
    everything_is_saved(page)
    page.reload()
    expect(page.locator("[data-derived]")).to_have_text("As VISCO labels: ✓ ✕ ✕ ✕ ○ · first error: step 2")
    page.locator("#step-3").click()
    press(page, "y")
    page.keyboard.type("It reads 62.")
    press(page, "Escape", "k", "y")
    page.keyboard.type("Not said where.")
    press(page, "Escape")
    critique = submitted(page)
    _, second, third, fourth, fifth = critique.judgments
    assert (second.own_error, second.inherits_from, second.origin_unknown) == (None, (), True)
    assert (third.own_error, third.inherits_from) == (True, (2,))
    assert (fourth.own_error, fourth.inherits_from) == (None, (2, 3))
    assert (fifth.verdict, fifth.reason) == ("unsure", "The axis is cut off.")
    assert [visco_label(each) for each in critique.judgments] == [True, False, False, False, None]
    assert first_error(critique).step == 2


def test_the_rest_is_left_unlabelled_in_one_key_and_submitted(page_of: PageOf) -> None:
    page = a_page(page_of, require_explanation=False)
    press(page, "0")
    expect(page.locator(".toast")).to_contain_text("needs a verdict")
    press(page, "1", "Enter", "3", "l")
    expect(page.locator(".step.open")).to_have_attribute("data-step", "answer")
    expect(page.locator("#step-4 [data-says]")).to_have_text("Unlabelled")
    expect(page.locator("[data-left]")).to_have_text("1 to judge")
    press(page, "3", "k", "3", "i", "Escape", "k", "0", "0")  # step 5 gets a verdict after all; 4 back and forth
    critique = submitted(page)
    assert [each.state for each in critique.judgments] == ["judged", "judged", "unlabelled", "unlabelled", "judged"]
    assert critique.judgments[4].inherits_from == (2,)


def test_confidence_is_one_key_and_a_pressed_choice_is_taken_back(page_of: PageOf) -> None:
    page = a_page(page_of)
    press(page, "1", "c", "c")
    everything_is_saved(page)
    assert fields()["steps.1.confidence"] == 0.6
    page.locator("#step-1 .confidence").get_by_text("Low").click()
    everything_is_saved(page)
    assert fields()["steps.1.confidence"] == 0.25
    page.locator("#step-1 .confidence").get_by_text("Low").click()
    everything_is_saved(page)
    assert "steps.1.confidence" not in fields()


def test_skills_and_difficulty_are_said_where_the_project_asks(page_of: PageOf) -> None:
    page = a_page(page_of, ask_skills=True, ask_difficulty=True, ask_confidence=False)
    expect(page.locator(".confidence")).to_have_count(0)
    press(page, "1", "a", "2", "5", "Escape", *["Space"] * 5, "1", "a", "4", "Escape")
    critique = submitted(page)
    assert (critique.judgments[0].skills, critique.judgments[1].skills) == (("ocr", "arithmetic"), ())
    assert (critique.difficulty, critique.judgments[0].confidence) == (4, None)


def test_a_step_has_several_findings_each_with_its_type_severity_and_marks(page_of: PageOf) -> None:
    page = a_page(page_of)
    press(page, "j", "j", "3", "n")
    page.keyboard.type("pco")
    press(page, "Backspace", "Enter", "1")  # "pc": perception, count
    page.keyboard.type("First.")
    press(page, "Escape", "s", "t", "Enter", "n")
    page.keyboard.type("arith")
    press(page, "Enter", "3")
    page.keyboard.type("Second.")
    press(page, "Escape", "s", "1", "Enter", "s", "g", "Enter", "b", "Enter")
    everything_is_saved(page)
    expect(page.locator("#step-3 .finding")).to_have_count(2)
    ids = sorted(path.split(".")[1] for path in fields() if path.endswith(".step"))
    first, second = (
        {name: fields()[f"findings.{id}.{name}"] for name in ("error_type", "severity", "explanation")} for id in ids
    )
    assert first == {"error_type": "perception/count", "severity": "cosmetic", "explanation": "First."}
    assert second == {"error_type": "reasoning/arithmetic", "severity": "decisive", "explanation": "Second."}
    marked = [fields()[f"findings.{id}.marks"] for id in ids]
    assert [CHAIN[2][mark["start"] : mark["end"]] for mark in marked[0]] == ["thousand"]
    assert [mark["kind"] for mark in marked[1]] == ["span", "span", "region"]
    for place in ("#step-3 mark .mark-number", "[data-regions] .region-number text"):
        assert set(page.locator(place).all_text_contents()) <= {"1", "2"}
    page.locator("#step-3 .finding").nth(1).locator("[data-edit-mark]").nth(2).focus()
    for place in ("#step-3 mark.lit", "[data-regions] .lit", "#step-3 .finding.lit"):
        assert set(page.locator(place).evaluate_all("all => all.map(one => one.dataset.mark)")) == {"2"}


def test_nothing_moves_when_a_verdict_is_chosen(page_of: PageOf) -> None:
    page = a_page(page_of)
    press(page, "j", "3", "Enter")
    heights = set()
    for key in ("1", "2", "3", "4", "c", "0"):
        press(page, key)
        box = page.locator(".step.open").bounding_box()
        after = page.locator("#step-4").bounding_box()
        assert box is not None and after is not None
        heights.add((round(box["height"], 1), round(after["y"], 1)))
    assert len(heights) == 1


def test_the_plain_form_says_all_of_it(page_of: PageOf) -> None:
    page = a_page(page_of, scripts=False, ask_skills=True, ask_difficulty=True)
    page.goto("/p/charts-pilot/annotate")

    def choose(step: int | str, verdict: str) -> None:
        page.locator(f"#step-{step} .verdict-choice[data-verdict={verdict}]").click()

    choose(1, "correct")
    choose(2, "incorrect")
    page.locator("#step-2").get_by_text("its own").click()
    page.locator("#step-2 .confidence").get_by_text("High").click()
    page.locator("#step-2 .skills").get_by_text("Counting").click()
    choose(3, "incorrect")
    page.locator("#step-3 [name='steps.3.inherits_from']").fill("1, 2")
    choose(4, "unsure")
    page.locator("#step-4 [name$='.reason']").fill("Too small.")
    page.locator("#step-5 .leave").click()
    choose("answer", "incorrect")
    page.locator("#step-answer .skills").get_by_text("5", exact=True).click()
    page.get_by_role("button", name="add a finding to step 2").click()
    page.locator("#step-2 [name$='.explanation']").fill("It is 62.")
    page.locator("#step-2 select.type").select_option("perception/text_reading")
    page.locator("#step-2 .severities").get_by_text("Minor").click()
    page.locator("#step-2 [name$='.quote']").fill("no such words here")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".message.error")).to_contain_text("words that stand in the step")
    expect(page.locator("#step-2 [name$='.explanation']")).to_have_value("It is 62.")
    page.locator("#step-2 [name$='.quote']").fill("47 thousand")
    page.locator("#step-2 [name$='.box']").fill("10, 20, 45.5, 60 %")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#step-1 .verdicts input:checked")).to_have_count(0)
    critique = critique_record(Critique.objects.whole().get())
    _, second, third, fourth, fifth = critique.judgments
    assert (second.own_error, second.confidence, second.skills) == (True, 0.9, ("counting",))
    assert (third.inherits_from, fourth.reason, fifth.state) == ((1, 2), "Too small.", "unlabelled")
    assert critique.difficulty == 5
    (finding,) = second.findings
    assert (finding.error_type, finding.severity) == ("perception/text_reading", "minor")
    span, region = finding.marks
    assert CHAIN[1][span.start : span.end] == "47 thousand"
    assert region.points == ((0.1, 0.2), (0.455, 0.6))
