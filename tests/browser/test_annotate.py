"""A person at the workbench, in a real browser; what counts is what the database holds afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.core.schema import Region, Span
from annotations.models import Critique, DraftField
from annotations.models.records import critique_record
from tests.browser.conftest import PageOf
from tests.browser.workbench import CHAIN, a_charts_project, everything_is_saved, open_workbench, press
from tests.builders import a_critique, a_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann() -> Iterator[Any]:
    project, _ = a_charts_project()
    yield a_person("ann.kim", role="annotator", project=project)


def the_critique() -> Any:
    return critique_record(Critique.objects.whole().get())


def a_draft_with_marks() -> list[dict[str, Any]]:
    return DraftField.objects.get(path__endswith=".marks").value


def test_a_whole_critique_by_keyboard_alone(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "1", "Enter", "1", "Enter", "3", "c")
    press(page, "s", "6", "Shift+ArrowRight", "Shift+ArrowRight", "Enter")  # 66 thousand units
    press(page, "b", "ArrowLeft", "Shift+ArrowDown", "Enter")
    press(page, "t", "t", "e", "Enter", "3")  # text reading, decides the answer
    page.keyboard.type("The label reads 62, not 66.")
    press(page, "Escape", "w")  # the step's text, what was marked of it selected
    page.keyboard.type("62 thousand units")
    press(page, "Escape", "Enter", "3", "i", "Enter", "3", "i", "3", "4", "Enter", "3")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-where]")).to_have_text("Step 1 of 5")
    expect(page.locator("[data-left]")).to_have_text("6 to judge")

    critique = the_critique()
    first, second, third, fourth, fifth = critique.judgments
    assert [each.verdict for each in critique.judgments] == ["correct", "correct", *["incorrect"] * 3]
    assert (third.own_error, third.inherits_from, third.confidence) == (True, (), 0.9)
    assert (fourth.own_error, fourth.inherits_from) == (None, (3,))
    assert fifth.inherits_from == (3, 4)
    assert critique.answer.verdict == "incorrect"
    (finding,) = third.findings
    assert (finding.error_type, finding.severity) == ("perception/text_reading", "decisive")
    assert finding.explanations == ("The label reads 62, not 66.",)
    assert finding.corrected_text == CHAIN[2].replace("66 thousand", "62 thousand")
    span, region = finding.marks
    assert CHAIN[2][span.start : span.end] == "66 thousand units"
    assert region == Region(points=((0.38, 0.4), (0.58, 0.62)))
    assert first.findings == second.findings == ()


def drag_over(page: Page, from_text: str, to_text: str) -> None:
    """Drags from before one word to behind another in the open step, as a person selects text."""
    ends = page.evaluate(
        """([from, to]) => {
            const edge = (text, isEnd) => {
                const step = document.querySelector(".step.open .step-text");
                const walker = document.createTreeWalker(step, NodeFilter.SHOW_TEXT);
                while (walker.nextNode()) {
                    const at = walker.currentNode.data.indexOf(text);
                    if (at < 0) continue;
                    const range = document.createRange();
                    range.setStart(walker.currentNode, isEnd ? at + text.length - 1 : at);
                    range.setEnd(walker.currentNode, isEnd ? at + text.length : at + 1);
                    const box = range.getBoundingClientRect();
                    return [isEnd ? box.right - 1 : box.left + 1, (box.top + box.bottom) / 2];
                }
            };
            return [edge(from, false), edge(to, true)];
        }""",
        [from_text, to_text],
    )
    (x, y), (to_x, to_y) = ends
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(to_x, to_y, steps=5)
    page.mouse.up()


def test_a_span_by_mouse_counts_code_points_past_an_emoji_and_takes_a_formula_whole(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "j", "j", "3")
    drag_over(page, "66 thousand", "47")
    page.locator("[data-do=mark]").locator("visible=true").click()
    everything_is_saved(page)
    (mark,) = a_draft_with_marks()
    assert CHAIN[2][mark["start"] : mark["end"]] == "66 thousand units, so the growth is $66 - 47 = 19$"
    marked = page.locator(".step.open mark")
    expect(marked).to_contain_text("66 thousand units, so the growth is")
    page.reload()
    expect(page.locator("[data-step='3'] mark")).to_contain_text("66 thousand units")


def box_by_mouse(page: Page, one: tuple[float, float], other: tuple[float, float]) -> None:
    """Draws a box between two points told as fractions of the upright image."""
    to_screen = """([x, y]) => {
        const turned = document.querySelector("[data-turn]");
        const svg = turned.closest("svg");
        const at = new DOMPoint(x * svg.dataset.width, y * svg.dataset.height).matrixTransform(turned.getScreenCTM());
        return [at.x, at.y];
    }"""
    press(page, "b")
    x, y = page.evaluate(to_screen, one)
    page.mouse.move(x, y)
    page.mouse.down()
    x, y = page.evaluate(to_screen, other)
    page.mouse.move(x, y, steps=4)
    page.mouse.up()


@pytest.mark.parametrize("view", [[], ["nearer", "nearer"], ["rotate"], ["rotate", "nearer", "rotate", "rotate"]])
def test_a_region_is_the_same_part_of_the_image_at_every_zoom_and_turn(
    ann: Any, page_of: PageOf, view: list[str]
) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "3")
    for name in view:
        page.locator(f"[data-do='{name}']").click()
    box_by_mouse(page, (0.4, 0.45), (0.6, 0.7))
    everything_is_saved(page)
    (mark,) = a_draft_with_marks()
    assert (mark["image"], mark["shape"]) == (1, "box")
    assert [value for point in mark["points"] for value in point] == pytest.approx([0.4, 0.45, 0.6, 0.7], abs=0.004)
    expect(page.locator(".region-number")).to_have_count(1)


def test_what_was_typed_is_there_after_a_reload(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "3", "n")
    page.locator(".step.open [name$='.explanation']").fill("Half a thought")
    everything_is_saved(page)
    page.reload()
    expect(page.locator("[data-step='1'] [name$='.explanation']")).to_have_value("Half a thought")
    assert DraftField.objects.get(path__endswith=".explanation").value == "Half a thought"


def test_what_was_typed_offline_is_replayed_once_by_the_next_page(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    page.context.route("**/edits", lambda route: route.abort())
    press(page, "4")
    page.locator("#reason-1").fill("Typed in a tunnel")
    expect(page.locator("[data-saved]")).to_have_text(re.compile("Offline since .*, will retry"))
    assert not DraftField.objects.filter(path__startswith="steps.").exists()
    page.context.unroute("**/edits")
    page.reload()
    expect(page.locator("#reason-1")).to_have_value("Typed in a tunnel")
    everything_is_saved(page)
    assert DraftField.objects.get(path="steps.1.reason").value == "Typed in a tunnel"


def test_keys_do_not_act_inside_text(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "3", "n")
    page.locator(".step.open [name$='.explanation']").focus()
    page.keyboard.type("1 2 nbjk?")
    expect(page.locator(".step.open [name$='.explanation']")).to_have_value("1 2 nbjk?")
    expect(page.locator(".step.open")).to_have_attribute("data-verdict", "incorrect")
    expect(page.locator(".finding")).to_have_count(1)


def test_nothing_of_other_critiques_reaches_the_browser_before_submit(page_of: PageOf) -> None:
    project, (response, _) = a_charts_project()
    ann = a_person("ann.kim", role="annotator", project=project)
    a_critique(response, "incorrect", comment="SECRET OF THE CRITIC")
    page = page_of(ann)
    bodies: list[str] = []

    def keep(reply: Any) -> None:
        if "/css/" not in reply.url and "/js/" not in reply.url and reply.status == 200:
            bodies.append(reply.url + "\n" + reply.body().decode("utf-8", "replace"))

    page.on("response", keep)
    open_workbench(page)
    press(page, "1", "Enter", "3", "n", "Escape", "g")
    expect(page.locator("#guideline")).to_contain_text("Judge each step")
    press(page, "Escape")
    everything_is_saved(page)
    assert len(bodies) > 4
    assert not [body[:80] for body in bodies if "SECRET" in body or "scripted critic" in body]


def test_submit_pressed_many_times_is_one_critique(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, *["1", "Enter"] * 5, "1")
    page.evaluate("for (let i = 0; i < 5; i += 1) document.querySelector('[data-submit]').click()")
    expect(page.locator("[data-left]")).to_have_text("6 to judge")
    assert Critique.objects.count() == 1


def test_submit_tells_what_is_missing_and_opens_it(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, expect_errors=True)
    open_workbench(page)
    press(page, "1", "Enter", "1", "Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Step 3: a verdict (and 3 more)")
    expect(page.locator(".step.open")).to_have_attribute("data-step", "3")
    assert not Critique.objects.exists()


def test_a_correct_chain_takes_two_keys_a_step(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    keys = [*["1", "Enter"] * 5, "1", "Control+Enter"]
    press(page, *keys)
    expect(page.locator("[data-left]")).to_have_text("6 to judge")
    assert len(keys) == 2 * 6
    assert [each.verdict for each in the_critique().judgments] == ["correct"] * 5


def test_the_rest_inherits_in_one_key(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "1", "Enter", "3", "Shift+Enter")
    everything_is_saved(page)
    fields = dict(DraftField.objects.filter(path__endswith="inherits_from").values_list("path", "value"))
    assert fields == {f"steps.{step}.inherits_from": [2] for step in (3, 4, 5)}
    expect(page.locator(".step.open")).to_have_attribute("data-step", "answer")


def test_pointing_at_a_mark_lights_up_text_image_and_finding(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "3", "s", "Enter", "b", "Enter")
    page.locator(".step.open mark").hover()
    for place in ("mark.lit", "[data-regions] .lit", ".finding.lit"):
        expect(page.locator(place)).to_have_count(1)


def test_a_correction_shows_its_difference_as_it_is_typed(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "j", "3", "n", "Escape")
    page.locator(".step.open [data-prefill]").click()
    page.locator(".step.open [name$='.corrected_text']").fill(CHAIN[1].replace("47", "48"))
    expect(page.locator(".step.open [data-diff] del")).to_have_text("47")
    expect(page.locator(".step.open [data-diff] ins")).to_have_text("48")


def test_it_works_as_a_plain_form(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann, scripts=False, expect_errors=True)
    page.goto("/p/charts-pilot/annotate")
    for step in (1, 2, 4, 5):
        page.locator(f"#step-{step} .verdict-choice[data-verdict=correct]").click()
    page.locator("#step-3 .verdict-choice[data-verdict=incorrect]").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".message.success")).to_have_text("Saved.")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".errors").first).to_contain_text("Step 3: a finding")
    page.get_by_role("button", name="add a finding to step 3").click()
    page.locator("#step-3 [name$='.explanation']").fill("It reads 62.")
    page.locator("#step-3 select.type").select_option("perception/text_reading")
    page.locator("#step-answer .verdict-choice[data-verdict=incorrect]").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#step-1 input:checked")).to_have_count(0)
    critique = the_critique()
    assert [each.verdict for each in critique.judgments] == ["correct", "correct", "incorrect", "correct", "correct"]
    assert critique.judgments[2].findings[0].explanations == ("It reads 62.",)
    assert critique.judgments[2].own_error is True


def test_marks_that_another_page_cannot_show_are_kept_by_the_plain_form(ann: Any, page_of: PageOf) -> None:
    page = page_of(ann)
    open_workbench(page)
    press(page, "3", "s", "Enter")
    everything_is_saved(page)
    plain = page_of(ann, scripts=False)
    plain.goto("/p/charts-pilot/annotate")
    plain.locator("#step-1 [name$='.explanation']").first.fill("Explained without scripts.")
    plain.get_by_role("button", name="Save", exact=True).click()
    assert Span(**a_draft_with_marks()[0]) == Span(start=0, end=3)
    assert DraftField.objects.get(path__endswith=".explanation").value == "Explained without scripts."
