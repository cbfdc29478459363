"""Nothing typed is ever lost, in a real browser: what counts is what the database holds afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect

from annotations.models import Assignment, Critique, Draft, DraftField, Project
from annotations.models.records import critique_record
from annotations.verbs.assign import expire_leases
from tests.annotations.web.test_sign_in import code_of, with_second_step
from tests.browser.conftest import PageOf
from tests.browser.test_annotate_access import axe_finds_nothing
from tests.browser.workbench import a_charts_project, everything_is_saved, open_workbench, press
from tests.builders import PASSWORD, a_person

pytestmark = pytest.mark.django_db(transaction=True)

JOURNAL = """() => new Promise((resolve) => {
    const opening = indexedDB.open("second-look", 1);
    opening.onsuccess = () => {
        const all = opening.result.transaction("edits").objectStore("edits").getAll();
        all.onsuccess = () => { opening.result.close(); resolve(all.result.map(({ path, value }) => [path, value])); };
    };
})"""


@pytest.fixture
def ann() -> Iterator[Any]:
    project, _ = a_charts_project(3)
    yield a_person("ann.kim", role="annotator", project=project)


def stored(path: str) -> Any:
    """The value of the draft's field; None where there is none."""
    return DraftField.objects.filter(path=path).values_list("value", flat=True).first()


def cut_off(page: Page) -> None:
    """This tab reaches the server no more; `back_online` ends it."""
    page.route("**/annotate/**", lambda route: route.abort())


def back_online(page: Page) -> None:
    page.unroute("**/annotate/**")
    page.evaluate("dispatchEvent(new Event('online'))")


def the_journal_is_empty(page: Page) -> None:
    """Soon. Asked from here: `wait_for_function` takes the promise of an answer for a yes."""
    for _ in range(100):
        if not page.evaluate(JOURNAL):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"Still in the journal: {page.evaluate(JOURNAL)}")


def a_second_tab(page: Page) -> Page:
    other = page.context.new_page()
    other.goto("/p/charts-pilot/annotate")
    expect(other.locator(".step.open")).to_be_visible()
    return other


def judge_all_correct(page: Page) -> None:
    press(page, *["1", "Enter"] * 5, "1")


# --- journal ----------------------------------------------------------------------------------------------------------


def test_hours_offline_are_sent_when_the_connection_is_back(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    cut_off(page)
    press(page, "4")
    page.locator("#reason-1").fill("Typed in a tunnel")
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Offline since \d\d:\d\d, will retry$"))
    expect(page.locator("#step-1 [data-step-saved]")).to_have_text(re.compile("Offline since"))
    assert stored("steps.1.reason") is None
    back_online(page)
    everything_is_saved(page)
    expect(page.locator("#step-1 [data-step-saved]")).to_have_text("Saved")
    the_journal_is_empty(page)
    assert stored("steps.1.reason") == "Typed in a tunnel"
    assert Draft.objects.get(version__gt=0).version == DraftField.objects.count() - 1  # a row counts the tab's edits


def test_a_closed_tab_loses_nothing(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    cut_off(page)
    press(page, "4")
    page.locator("#reason-1").fill("Closed too early")
    expect(page.locator("[data-saved]")).to_have_text(re.compile("Offline"))
    page.close()
    assert stored("steps.1.reason") is None
    again = a_second_tab(page)
    expect(again.locator("#reason-1")).to_have_value("Closed too early")
    everything_is_saved(again)
    the_journal_is_empty(again)
    assert stored("steps.1.reason") == "Closed too early"
    assert stored("steps.1.verdict") == "unsure"


def test_the_journal_of_a_tab_that_lives_is_left_to_it_and_taken_over_when_it_dies(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    page.route("**/edits", lambda route: route.abort())
    press(page, "4")
    page.locator("#reason-1").fill("Mine")
    expect(page.locator("[data-saved]")).to_have_text(re.compile("Offline"))
    other = a_second_tab(page)
    other.wait_for_timeout(600)
    assert stored("steps.1.reason") is None
    assert {"steps.1.verdict", "steps.1.reason"} <= {path for path, _ in other.evaluate(JOURNAL)}
    page.close()
    expect(other.locator("#reason-1")).to_have_value("Mine")
    the_journal_is_empty(other)
    assert stored("steps.1.reason") == "Mine"


def test_closing_the_tab_at_once_sends_what_was_typed(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    press(page, "4")
    page.locator("#reason-1").fill("Half a second ago")
    page.close(run_before_unload=False)
    again = a_second_tab(page)
    expect(again.locator("#reason-1")).to_have_value("Half a second ago")
    the_journal_is_empty(again)
    assert stored("steps.1.reason") == "Half a second ago"


# --- the session ------------------------------------------------------------------------------------------------------


def log_out_behind_its_back(page: Page) -> None:
    page.context.clear_cookies(name="sessionid")


def test_an_expired_session_is_renewed_over_the_page(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    press(page, "4")
    everything_is_saved(page)
    log_out_behind_its_back(page)
    page.locator("#reason-1").fill("Typed after the session")
    dialog = page.locator("#log-in")
    expect(dialog).to_be_visible()
    assert stored("steps.1.reason") is None
    dialog.locator("[name=username]").fill("ann.kim")
    dialog.locator("[name=password]").fill("not it")
    page.keyboard.press("Enter")
    expect(dialog.locator(".error, .errors").first).to_be_visible()
    dialog.locator("[name=username]").fill("ann.kim")
    dialog.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    everything_is_saved(page)
    expect(page.locator("#reason-1")).to_have_value("Typed after the session")
    assert stored("steps.1.reason") == "Typed after the session"


def test_the_second_step_is_passed_over_the_page_too(ann: Any, page_of: PageOf) -> None:
    device, _ = with_second_step(ann)
    page = page_of(expect_errors=True)
    page.goto("/login?next=/p/charts-pilot/annotate")
    page.get_by_label("Username").fill("ann.kim")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("[name=code]").fill(code_of(device))
    page.keyboard.press("Enter")
    page.locator(".step.open:focus").wait_for()  # its scripts have begun
    TOTPDevice.objects.update(last_t=-1)  # the same code once more: the clock does not wait for tests
    log_out_behind_its_back(page)
    press(page, "4")
    dialog = page.locator("#log-in")
    dialog.locator("[name=username]").fill("ann.kim")
    dialog.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    dialog.locator("[name=code]").fill(code_of(device))
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    everything_is_saved(page)
    assert stored("steps.1.verdict") == "unsure"


def test_axe_finds_nothing_in_what_saving_asks(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    press(page, "4")
    everything_is_saved(page)
    other = a_second_tab(page)
    press(other, "k", "3")
    everything_is_saved(other)
    expect(page.locator(".difference")).to_contain_text("Step 1: verdict")
    axe_finds_nothing(page)
    press(page, "h")
    expect(page.locator("#recent a").first).to_be_visible()
    axe_finds_nothing(page)
    press(page, "Escape")
    log_out_behind_its_back(page)
    press(page, "1")
    expect(page.locator("#log-in [name=username]")).to_be_visible()
    axe_finds_nothing(page)


def test_somebody_else_who_logs_in_over_it_gets_nothing_of_it(ann: Any, page_of: PageOf) -> None:
    ben = a_person("ben", role="annotator", project=Project.objects.get())
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    log_out_behind_its_back(page)
    press(page, "4")
    dialog = page.locator("#log-in")
    expect(dialog).to_be_visible()
    dialog.locator("[name=username]").fill("ben")
    dialog.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#somebody-else")).to_contain_text("logged in as ben")
    page.get_by_role("link", name="Go on as they").click()
    expect(page.locator(".step.open")).to_have_attribute("data-verdict", "")
    everything_is_saved(page)
    assert not DraftField.objects.exists()
    assert ["steps.1.verdict", "unsure"] in page.evaluate(JOURNAL)  # kept for ann
    assert Draft.objects.filter(user=ben).exists()


# --- two tabs ---------------------------------------------------------------------------------------------------------


def test_a_second_tab_follows_what_the_first_one_writes(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    other = a_second_tab(page)
    press(page, "3")
    expect(other.locator(".step.open")).to_have_attribute("data-verdict", "incorrect")


def test_two_tabs_that_wrote_the_same_field_see_the_difference_and_may_take_the_other_one(
    ann: Any, page_of: PageOf
) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    press(page, "4")
    everything_is_saved(page)
    other = a_second_tab(page)
    press(other, "k")
    cut_off(page)
    page.locator("#reason-1").fill("The label is cut off at the top.")
    expect(page.locator("[data-saved]")).to_have_text(re.compile("Offline"))
    other.locator("#reason-1").fill("The label is blurred at the top.")
    everything_is_saved(other)
    back_online(page)

    difference = page.locator(".difference")  # the first tab's edit came later, so it counts
    expect(difference).to_contain_text("Step 1: reason")
    expect(difference.locator("del")).to_have_text("blurred")
    expect(difference.locator("ins")).to_have_text("cut off")
    assert stored("steps.1.reason") == "The label is cut off at the top."
    expect(other.locator("#reason-1")).to_have_value("The label is cut off at the top.")
    back = other.get_by_role("button", name="Take mine back")
    expect(back).to_be_visible()
    page.get_by_role("button", name="Take the other one").click()
    everything_is_saved(page)
    assert stored("steps.1.reason") == "The label is blurred at the top."


def test_a_critique_submitted_in_another_tab_takes_late_edits_as_a_revision(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    judge_all_correct(page)
    everything_is_saved(page)
    other = a_second_tab(page)
    other.locator("[data-step=answer]").click()
    cut_off(other)
    other.locator("#comment").fill("One thing more.")
    expect(other.locator("[data-saved]")).to_have_text(re.compile("Offline"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-left]")).to_have_text("6 to judge")
    back_online(other)
    dialog = other.locator("#elsewhere")
    expect(dialog).to_contain_text("One thing more.")
    dialog.get_by_role("button", name="Revise it with this").click()
    expect(other.get_by_text("You are revising your critique.")).to_be_visible()
    expect(other.locator("#comment")).to_have_value("One thing more.")
    everything_is_saved(other)
    assert Draft.objects.get(revises__isnull=False).fields.get(path="comment").value == "One thing more."
    assert Critique.objects.get().comment == ""


# --- undo -------------------------------------------------------------------------------------------------------------


def test_undo_and_redo_go_over_verdicts_marks_and_text_and_survive_a_reload(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "3", "s", "Enter")
    page.locator(".step.open [name$='.explanation']").focus()
    page.keyboard.type("It reads 62.")
    everything_is_saved(page)
    page.wait_for_timeout(400)  # what can be undone is written a quarter of a second later
    page.reload()
    explanation = page.locator("#step-1 [name$='.explanation']")
    expect(explanation).to_have_value("It reads 62.")
    press(page, "Control+z")
    expect(explanation).to_have_value("")
    press(page, "Control+Shift+z")
    expect(explanation).to_have_value("It reads 62.")
    press(page, "Control+z", "Control+z")
    expect(page.locator("#step-1 .finding")).to_have_count(0)
    press(page, "Escape", "Control+z")
    expect(page.locator("#step-1")).to_have_attribute("data-verdict", "")
    press(page, "Control+y")
    everything_is_saved(page)
    assert stored("steps.1.verdict") == "incorrect"
    assert DraftField.objects.filter(path__endswith=".step").get().value is None
    assert DraftField.objects.filter(path__endswith=".explanation").get().value is None


def test_undo_of_typing_goes_back_by_pauses_with_the_cursor_where_it_happened(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "4")
    reason = page.locator("#reason-1")
    reason.focus()
    page.keyboard.type("cut off")
    page.wait_for_timeout(1400)
    page.keyboard.type(", and blurred")
    press(page, "Control+z")
    expect(reason).to_have_value("cut off")
    page.keyboard.type("!")
    expect(reason).to_have_value("cut off!")
    everything_is_saved(page)
    assert stored("steps.1.reason") == "cut off!"


# --- submit, and the next item ----------------------------------------------------------------------------------------


def test_the_next_item_takes_the_place_of_this_one_without_a_page_load(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    page.evaluate("window.sameDocument = true")
    for done in (1, 2):
        judge_all_correct(page)
        page.keyboard.press("Control+Enter")
        expect(page.locator("[data-left]")).to_have_text("6 to judge")
        assert page.evaluate("window.sameDocument") is True
        assert Critique.objects.count() == done
    expect(page.locator(".step.open")).to_be_focused()
    assert Assignment.objects.filter(state="held").count() == 1


def test_items_that_came_and_went_leave_no_listeners_behind(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    page.add_init_script(
        """window.listening = 0;
        for (const target of [window, document]) {
            const add = target.addEventListener.bind(target);
            target.addEventListener = (kind, act, options) => {
                window.listening += 1;
                options?.signal?.addEventListener("abort", () => { window.listening -= 1; });
                add(kind, act, options);
            };
        }"""
    )
    open_workbench(page)
    before = page.evaluate("window.listening")
    assert before > 5
    judge_all_correct(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-left]")).to_have_text("6 to judge")
    assert page.evaluate("window.listening") == before


def test_a_submit_whose_answer_was_lost_is_one_critique(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    judge_all_correct(page)
    everything_is_saved(page)

    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/submit", lose_the_answer, times=1)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-left]")).to_have_text("6 to judge")
    assert Critique.objects.count() == 1


def test_a_submit_under_way_is_taken_up_by_the_next_page(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    judge_all_correct(page)
    everything_is_saved(page)
    cut_off(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast").first).to_contain_text("It is submitted as soon as it can be")
    assert not Critique.objects.exists()
    page.unroute("**/annotate/**")
    page.reload()
    expect(page.locator("[data-left]")).to_have_text("6 to judge")
    assert [each.verdict for each in critique_record(Critique.objects.whole().get()).judgments] == ["correct"] * 5


def test_back_to_the_last_items_and_on_with_a_revision(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    judge_all_correct(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-left]")).to_have_text("6 to judge")
    press(page, "h")
    page.locator("#recent a").first.click()
    expect(page.get_by_text("It stays as it is")).to_be_visible()
    page.get_by_role("button", name="Revise").click()
    expect(page.get_by_text("You are revising your critique")).to_be_visible()
    assert Draft.objects.filter(revises=Critique.objects.get()).count() == 1


# --- leases and time --------------------------------------------------------------------------------------------------


def test_who_comes_back_after_the_lease_keeps_the_draft_and_is_told(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "4")
    everything_is_saved(page)
    Assignment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    expire_leases(Project.objects.get())
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator(".toast")).to_contain_text("it is yours again")
    assert stored("steps.1.verdict") == "unsure"
    assert Assignment.objects.filter(state="held", strategy="returned").exists()


def test_seconds_count_while_somebody_works_and_stop_when_nobody_does(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    page.clock.install()
    open_workbench(page)
    press(page, "4")
    page.clock.run_for(10_000)
    press(page, "k")
    page.clock.run_for(180_000)  # three minutes away from it
    press(page, "j")
    page.clock.run_for(5_000)
    everything_is_saved(page)
    assert 38 <= stored("steps.1.seconds") <= 42  # ten, and the half minute after the last key
