"""Keys that a person changes, the palette, other keyboard layouts, and the workbench in German."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.models import DraftField, Preferences
from tests.browser.conftest import PageOf
from tests.browser.workbench import a_charts_project, everything_is_saved, open_workbench, press
from tests.builders import a_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann() -> Iterator[Any]:
    project, _ = a_charts_project()
    yield a_person("ann.kim", role="annotator", project=project)


def change_key(page: Page, what: str, key: str) -> None:
    page.locator("#keys").get_by_role("button", name=f"Key for “{what}”").click()
    page.keyboard.press(key)


def verdicts() -> dict[str, Any]:
    return dict(DraftField.objects.filter(path__endswith=".verdict").values_list("path", "value"))


def test_a_changed_key_acts_at_once_is_shown_and_is_kept(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "?")
    change_key(page, "third verdict", "q")
    expect(page.locator("[data-change='verdict:3']")).to_have_text("Q")
    press(page, "Escape", "q")
    expect(page.locator(".step.open kbd[data-key='verdict:3']")).to_have_text("Q")
    everything_is_saved(page)
    assert verdicts() == {"steps.1.verdict": "incorrect"}
    assert Preferences.objects.get(user=ann).keys == {"verdict:3": "q"}
    page.reload()
    press(page, "3")  # no longer a key
    press(page, "q")
    everything_is_saved(page)
    assert verdicts() == {"steps.1.verdict": "incorrect", "steps.2.verdict": "incorrect"}


def test_a_key_that_is_taken_is_told_and_another_may_be_pressed(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "?")
    change_key(page, "new finding", "m")
    expect(page.locator("[data-key-error]")).to_contain_text("already the key for “mark the selected text”")
    press(page, "x")
    expect(page.locator("[data-key-error]")).to_be_hidden()
    expect(page.locator("[data-change='finding']")).to_be_focused()
    assert Preferences.objects.get(user=ann).keys == {"finding": "x"}
    page.locator("[data-reset-keys]").click()
    expect(page.locator("[data-change='finding']")).to_have_text("N")
    assert Preferences.objects.get(user=ann).keys == {}


def test_escape_leaves_a_key_as_it_was_and_the_dialog_open(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "?")
    change_key(page, "new finding", "Escape")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("[data-change='finding']")).to_have_text("N")
    press(page, "Escape")
    expect(page.locator("#keys")).to_be_hidden()
    assert not Preferences.objects.exists()


def test_the_dialog_offers_only_what_this_page_can_do(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "?")
    shown = page.locator("#keys [data-change]").evaluate_all("all => all.map((each) => each.dataset.change)")
    assert {"verdict:1", "next", "rest", "finding", "mark", "box", "submit", "palette"} <= set(shown)
    assert "escape" not in shown


def test_the_palette_finds_by_a_few_letters_and_does_it(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "Control+k")
    box = page.get_by_role("combobox", name="Find what to do")
    expect(box).to_be_focused()
    page.keyboard.type("trn img")
    expect(page.locator("#palette [role=option]").first).to_have_text("turn the image Image")
    press(page, "Enter")
    expect(page.locator("#palette")).to_be_hidden()
    assert "rotate(90)" in page.locator("[data-turn]").get_attribute("transform")
    expect(page.locator(".step.open")).to_be_focused()


def test_the_palette_moves_by_arrows_and_says_which_is_chosen(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "Control+k")
    box = page.get_by_role("combobox", name="Find what to do")
    assert box.get_attribute("aria-activedescendant") == "palette-0"
    press(page, "ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "palette-1"
    press(page, "ArrowUp", "ArrowUp")
    expect(page.locator("#palette [role=option]").last).to_have_attribute("aria-selected", "true")
    page.keyboard.type("zzzz")
    expect(page.get_by_text("Nothing is called that.")).to_be_visible()
    press(page, "Enter")
    expect(page.locator("#palette")).to_be_visible()


def test_the_palette_opens_from_within_a_text_and_leads_to_other_pages(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    page.locator("#step-answer").click()
    page.locator("#comment").focus()
    press(page, "Control+k")
    page.keyboard.type("my projects")
    press(page, "Enter")
    page.wait_for_url("**/")
    expect(page.get_by_role("heading", name="My projects")).to_be_visible()


KEY = """({key, code}) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", {key, code, bubbles: true, cancelable: true}))"""


@pytest.mark.parametrize(
    ("layout", "press_"),
    [
        ("Russian", {"key": "т", "code": "KeyN"}),
        ("Greek", {"key": "ν", "code": "KeyN"}),
        ("Dvorak: the letter counts, not its place", {"key": "n", "code": "KeyL"}),
        ("Caps Lock", {"key": "N", "code": "KeyN"}),
    ],
)
def test_a_letter_is_found_on_every_layout(ann: Any, page_of: PageOf, layout: str, press_: dict[str, Any]) -> None:
    page = page_of(ann)
    open_workbench(page)
    page.evaluate(KEY, press_)
    expect(page.locator(".step.open [data-finding]")).to_have_count(1)


def test_french_digits_need_no_shift(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    page.evaluate(KEY, {"key": '"', "code": "Digit3"})
    everything_is_saved(page)
    assert verdicts() == {"steps.1.verdict": "incorrect"}


def test_the_workbench_in_german_by_the_persons_choice(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)  # the 422 of an unfinished critique
    page.goto("/account")
    page.get_by_label("Language", exact=True).select_option("de")
    page.get_by_role("region", name="Language and look").get_by_role("button").click()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    assert Preferences.objects.get(user=ann).language == "de"
    open_workbench(page)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("[data-where]")).to_have_text("Schritt 1 von 5")
    press(page, "3")
    expect(page.locator("[data-saved]")).to_have_text("Gespeichert")
    expect(page.locator("[data-left]")).to_have_text("noch 5 zu beurteilen")
    press(page, "j")
    expect(page.locator("#step-1 [data-says]")).to_have_text("Falsch")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-toasts]")).to_contain_text("Noch nicht eingereicht.")
    assert verdicts() == {"steps.1.verdict": "incorrect"}
