"""Commit, reveal, revise, and hindsight, in a real browser; what counts is what the database holds afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.core import schema
from annotations.models import Critique, Reaction, Response, Showing, UsefulnessRating
from annotations.models.records import critique_record
from annotations.verbs.corrections import store_correction
from tests.browser.conftest import PageOf
from tests.browser.test_annotate_access import axe_finds_nothing
from tests.browser.test_step_reveal import all_bodies
from tests.browser.workbench import CHAIN, a_charts_project, open_workbench, press
from tests.builders import a_critic, a_critique, a_person

pytestmark = pytest.mark.django_db(transaction=True)


def a_finding(explanation: str, *spans: tuple[int, int]) -> schema.Finding:
    return schema.Finding(
        error_type="perception/text_reading",
        severity="decisive",
        explanations=(explanation,),
        marks=tuple(schema.Span(start=start, end=end) for start, end in spans),
    )


def a_critics_critique(response: Response) -> Critique:
    judged = (
        schema.Judgment(step=1, verdict="correct"),
        schema.Judgment(step=2, verdict="incorrect", own_error=True, findings=(a_finding("CRITIC: 47 is 41."),)),
        schema.Judgment(
            step=3, verdict="incorrect", own_error=True, findings=(a_finding("CRITIC: it reads 62.", (0, 12)),)
        ),
        schema.Judgment(step=4, verdict="incorrect", inherits_from=(3,)),
        schema.Judgment(step=5, verdict="incorrect", inherits_from=(3,)),
    )
    return a_critique(response, judgments=judged)


def submit_all_correct(page: Page) -> None:
    open_workbench(page)
    press(page, *["1", "Enter"] * 5, "1", "Control+Enter")
    expect(page.get_by_role("heading", name="Your critique")).to_be_visible()
    page.wait_for_load_state()  # its keys are bound by then


def test_commit_reveal_revise(page_of: PageOf) -> None:
    project, (response, _) = a_charts_project()
    theirs = a_critics_critique(response)
    page = page_of(a_person("ann.kim", role="annotator", project=project))
    bodies = all_bodies(page)
    open_workbench(page)
    press(page, *["1", "Enter"] * 5, "1")
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    assert not [body for body in bodies if "CRITIC" in body or "scripted critic" in body]
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-theirs]")).to_have_count(2)
    expect(page.locator("[data-theirs]").first).to_be_focused()
    page.keyboard.press("w")
    expect(page.locator("[data-theirs]").nth(1)).to_be_focused()
    page.keyboard.press("s")
    expect(page.locator(".reaction [aria-pressed='true']")).to_have_count(2)
    press(page, "k", "j", "Shift+A")
    expect(page.locator(".message")).to_contain_text("You are revising your critique")
    expect(page.locator("[data-step='3'] [name$='.explanation']")).to_have_value("CRITIC: it reads 62.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("after the reveal")).to_be_visible()

    own = Critique.objects.whole().filter(author__name="ann.kim").order_by("revision")
    first, second = (critique_record(each) for each in own)
    assert [judgment.verdict for judgment in first.judgments] == ["correct"] * 5
    assert (first.stage, first.judgments[2].findings) == ("blind", ())
    assert (second.stage, second.judgments[2].verdict) == ("after_reveal", "incorrect")
    assert second.judgments[2].findings[0].marks == (schema.Span(start=0, end=12),)
    said = Reaction.objects.filter(critique=theirs).values_list("finding", "kind")
    assert list(said) == [(1, "wrong"), (2, "already_said"), (2, "agree")]
    assert Showing.objects.get().critique == theirs


def test_one_key_leads_from_what_is_revealed_to_the_next_item(page_of: PageOf) -> None:
    project, (response, _) = a_charts_project()
    a_critics_critique(response)
    page = page_of(a_person("ann.kim", role="annotator", project=project))
    submit_all_correct(page)
    page.keyboard.press("Enter")
    expect(page.locator("[data-left]")).to_have_text("6 to judge")


def test_keys_of_this_page_can_be_changed_and_are_its_own(page_of: PageOf) -> None:
    project, (response, _) = a_charts_project()
    a_critics_critique(response)
    ann = a_person("ann.kim", role="annotator", project=project)
    page = page_of(ann)
    submit_all_correct(page)
    page.keyboard.press("?")
    dialog = page.locator("dialog#keys")
    axe_finds_nothing(page)
    expect(dialog.locator("[data-change]")).to_have_count(12)  # none of the workbench's
    dialog.locator("[data-change=wrong]").click()
    page.keyboard.press("m")  # which marks text at the workbench
    expect(dialog.locator("[data-change=wrong]")).to_have_text("M")
    page.keyboard.press("Escape")
    page.locator("[data-theirs]").first.focus()
    page.keyboard.press("m")
    expect(page.locator(".reaction [aria-pressed='true']")).to_have_text("Wrong M")
    assert Reaction.objects.get().kind == "wrong"
    page.goto("/p/charts-pilot/annotate")
    open_workbench(page)
    assert page.locator("kbd[data-key=mark]").first.text_content() == "M"


def test_reactions_work_without_scripts(page_of: PageOf) -> None:
    project, (response, _) = a_charts_project()
    a_critics_critique(response)
    ann = a_person("ann.kim", role="annotator", project=project)
    own = a_critique(response, by=ann)
    page = page_of(ann, scripts=False)
    page.goto(f"/p/charts-pilot/submitted/{own.pk}")
    page.get_by_role("button", name="Wrong").nth(1).click()
    expect(page.get_by_role("button", name="Wrong").nth(1)).to_have_attribute("aria-pressed", "true")
    assert list(Reaction.objects.values_list("finding", "kind")) == [(2, "wrong")]


def test_hindsight_is_locked_until_the_outcome_is_shown(page_of: PageOf) -> None:
    project, (response, _) = a_charts_project()
    theirs = a_critics_critique(response)
    record = schema.Response(key="", source_text="\n\n".join([*CHAIN[:2], "LOCKED: it shows 62."]), answer="31.9 %")
    correction: Any = store_correction(response, record, author=a_critic("corrector"), guided_by=theirs)
    page = page_of(a_person("ann.kim", role="annotator", project=project))
    bodies = all_bodies(page)
    submit_all_correct(page)
    page.keyboard.press("o")
    page.get_by_label("It will make no difference").check()
    page.get_by_role("button", name="Keep").click()
    assert not [body for body in bodies if "LOCKED" in body]
    expect(page.get_by_role("button", name="Show what came of it")).to_be_visible()
    assert not Showing.objects.filter(correction=correction).exists()
    page.keyboard.press("o")
    expect(page.locator(".outcome")).to_contain_text("LOCKED: it shows 62.")
    expect(page.locator(".outcome")).to_contain_text("it makes no difference")
    page.get_by_label("It helped").check()
    page.get_by_label("In your words").fill("It found the label.")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Your critique stays as it is.")).to_be_visible()
    before, after = UsefulnessRating.objects.all()
    assert (before.rating, before.correction, before.shown_at) == ("no_difference", None, None)
    assert (after.rating, after.correction, after.words) == ("helped", correction, "It found the label.")
    assert before.rated_at < after.shown_at < after.rated_at
    assert Critique.objects.filter(author__name="ann.kim").count() == 1


def test_a_correction_is_written_from_the_first_error_on_and_kept_through_a_reload(page_of: PageOf) -> None:
    project, (response, _) = a_charts_project()
    ann = a_person("ann.kim", role="annotator", project=project)
    judged = (
        *(schema.Judgment(step=step, verdict="correct") for step in (1, 2)),
        schema.Judgment(step=3, verdict="incorrect", own_error=True, findings=(a_finding("It reads 62."),)),
        *(schema.Judgment(step=step, verdict="incorrect", inherits_from=(3,)) for step in (4, 5)),
    )
    own = a_critique(response, by=ann, judgments=judged)
    page = page_of(ann)
    page.goto(f"/p/charts-pilot/submitted/{own.pk}")
    page.keyboard.press("c")
    page.get_by_label("From step 3 on").fill("The bar for 2021 shows 62 thousand.\n\nSo it is 31.9 %.")
    page.get_by_label("Answer").fill("31.9 %")
    page.reload()
    expect(page.get_by_label("Answer")).to_have_value("31.9 %")
    page.get_by_role("button", name="Keep this correction").click()
    expect(page.get_by_text("Your correction is kept.")).to_be_visible()
    correction = Response.objects.get(revises=response)
    assert correction.source_text == f"{CHAIN[0]}\n{CHAIN[1]}\nThe bar for 2021 shows 62 thousand.\n\nSo it is 31.9 %."
    assert (correction.guided_by, correction.answer, correction.step_count) == (own, "31.9 %", 4)
