"""Spans and regions by mouse and keyboard: the stored one is the same part of text or image, whatever it is made of."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.core.maths import segments
from annotations.core.offsets import snap
from annotations.core.schema import Span
from annotations.models import DraftField
from tests.browser.conftest import PageOf
from tests.browser.workbench import CHAIN, a_chart, everything_is_saved, open_workbench, press
from tests.builders import a_person, a_problem, a_project, a_response, an_image

pytestmark = pytest.mark.django_db(transaction=True)

NASTY = (
    "Two 👩‍🔬 scientists, a family 👨‍👩‍👧‍👦 and a flag 🇩🇪🇫🇷.",
    "Café with a combining accent, Z̸̡a̷l̶g̸o, and पढ़ना in Hindi.",
    "הגרף מראה 47 אלף בשנת 2020, כלומר עלייה.",
    "左图显示四根柱子，第二根最高。",
    "The rate $\\frac{19}{47}$ is $x^2$, or **bold** 😀$y$😀.",
    "Tabs\tand  spaces, 👍🏽 skin, ﷽ and 𝒳 plus «quotes» العربية mixed.",
)

EVERY_SPAN = """async (lengths) => {
    const { StepText } = await import("MODULE");
    return lengths.map((length, index) => {
        const text = new StepText(document.querySelector(`#step-${index + 1} .step-text`));
        const found = [];
        for (let start = 0; start < length; start += 1) {
            for (let end = start + 1; end <= length; end += 1) {
                const { start: from, end: to } = text.snapped({ start, end });
                found.push([start, end, from, to]);
            }
        }
        return found;
    });
}"""


def a_page(page_of: PageOf, *chain: str, images: int = 1) -> Page:
    project = a_project("charts-pilot", name="Charts pilot")
    pictures = [an_image(project, a_chart(620 + index, 440), width=620 + index, height=440) for index in range(images)]
    a_response(chain or CHAIN, problem=a_problem(project, images=pictures))
    page = page_of(a_person("ann.kim", role="annotator", project=project))
    open_workbench(page)
    return page


def marks(page: Page) -> list[dict[str, Any]]:
    everything_is_saved(page)
    rows = DraftField.objects.filter(path__endswith=".marks").exclude(value=None).order_by("path")
    return [mark for row in rows for mark in row.value]


def marked(page: Page, text: str) -> list[str]:
    return [text[mark["start"] : mark["end"]] for mark in marks(page)]


def atoms(text: str) -> list[tuple[int, int]]:
    return [(part.start, part.end) for part in segments(text) if part.math is not None]


def step_text_module(page: Page) -> str:
    """The address under which the page itself loaded the module, hashed or not."""
    return page.evaluate(
        "performance.getEntriesByType('resource').map((entry) => entry.name).find((name) => name.includes('step_text'))"
    )


def test_every_span_of_nasty_text_is_widened_as_the_server_widens_it(page_of: PageOf) -> None:
    page = a_page(page_of, *NASTY)
    script = EVERY_SPAN.replace("MODULE", step_text_module(page))
    for text, found in zip(NASTY, page.evaluate(script, [len(text) for text in NASTY]), strict=True):
        for start, end, from_, to in found:
            expected = snap(text, Span(start=start, end=end), atoms(text))
            assert (from_, to) == (expected.start, expected.end), (text, start, end)


def test_a_selection_in_the_page_is_the_same_span_of_the_source(page_of: PageOf) -> None:
    """By way of the browser's own selection: each span is selected, read back, and cut by the server's code points."""
    page = a_page(page_of, *NASTY)
    script = """async ([module, spans]) => {
        const { StepText } = await import(module);
        return spans.map(([step, start, end]) => {
            const text = new StepText(document.querySelector(`#step-${step} .step-text`));
            text.select({ start, end });
            const found = text.selected();
            return [found.start, found.end, text.slice(found.start, found.end)];
        });
    }"""
    asked = []
    for step, text in enumerate(NASTY, 1):
        for start in range(0, len(text), 3):
            for end in range(start + 1, len(text) + 1, 4):
                span = snap(text, Span(start=start, end=end), atoms(text))
                if text[span.start : span.end].strip() == text[span.start : span.end]:
                    asked.append([step, span.start, span.end])
    assert len(asked) > 200
    for (step, start, end), found in zip(asked, page.evaluate(script, [step_text_module(page), asked]), strict=True):
        assert found[:2] == [start, end], (NASTY[step - 1], start, end)
        if not any(first < end and start < last for first, last in atoms(NASTY[step - 1])):
            assert found[2] == NASTY[step - 1][start:end]


@pytest.mark.parametrize(
    ("step", "keys", "text"),
    [
        (1, ["s", "👩", "Enter"], None),  # no such key on a keyboard: nothing is found, the first word stays
        (1, ["s", "f", "Shift+ArrowRight", "Enter"], "family 👨‍👩‍👧‍👦"),
        (2, ["s", "Shift+Alt+ArrowLeft", "Enter"], "Caf"),
        (3, ["s", "ArrowLeft", "Shift+ArrowLeft", "Enter"], "מראה 47"),  # to the left is onwards
        (4, ["s", "ArrowRight", "Enter"], None),
        (5, ["s", "i", "Shift+ArrowLeft", "Enter"], "$\\frac{19}{47}$ is"),
        (5, ["s", "ArrowRight", "ArrowRight", "Enter"], "$\\frac{19}{47}$"),
        (6, ["s", "s", "ArrowRight", "Alt+ArrowRight", "Enter"], None),
        (6, ["s", "End", "Home", "Shift+End", "Enter"], NASTY[5]),
    ],
)
def test_nasty_text_is_marked_by_keys_in_code_points(
    page_of: PageOf, step: int, keys: list[str], text: str | None
) -> None:
    page = a_page(page_of, *NASTY)
    press(page, *["j"] * (step - 1), "3")
    for key in keys:
        page.keyboard.insert_text(key) if not key.isascii() else press(page, key)
    (mark,) = marks(page)
    source = NASTY[step - 1]
    assert snap(source, Span(start=mark["start"], end=mark["end"]), atoms(source)) == Span(
        start=mark["start"], end=mark["end"]
    )
    if text is not None:
        assert source[mark["start"] : mark["end"]] == text


def test_a_span_is_changed_and_removed_by_keys(page_of: PageOf) -> None:
    page = a_page(page_of)
    press(page, "j", "3", "s", "4", "Shift+ArrowRight", "Enter")
    assert marked(page, CHAIN[1]) == ["47 thousand"]
    press(page, "e", "Shift+ArrowRight", "Enter")
    assert marked(page, CHAIN[1]) == ["47 thousand units"]
    press(page, "e", "Tab", "Shift+ArrowRight", "Alt+Shift+ArrowRight", "Enter")  # its beginning moves
    assert marked(page, CHAIN[1]) == ["housand units"]
    press(page, "e", "Shift+ArrowLeft", "Escape")
    assert marked(page, CHAIN[1]) == ["housand units"]
    press(page, "s", "w", "Enter", "e", "Delete")
    assert marked(page, CHAIN[1]) == ["housand units"]


def edge_of(page: Page, word: str, *, is_end: bool) -> tuple[float, float]:
    """Where on the screen a word of the open step begins or ends."""
    at = page.evaluate(
        """([word, isEnd]) => {
            const step = document.querySelector(".step.open .step-text");
            const walker = document.createTreeWalker(step, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf(word);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(walker.currentNode, at);
                range.setEnd(walker.currentNode, at + word.length);
                const box = range.getBoundingClientRect();
                return [isEnd ? box.right - 1 : box.left + 1, (box.top + box.bottom) / 2];
            }
        }""",
        [word, is_end],
    )
    return at[0], at[1]


def drag(page: Page, from_: tuple[float, float], to: tuple[float, float]) -> None:
    page.mouse.move(*from_)
    page.mouse.down()
    page.mouse.move(*to, steps=6)
    page.mouse.up()


def test_a_span_is_changed_by_its_handles(page_of: PageOf) -> None:
    page = a_page(page_of)
    press(page, "j", "3", "s", "4", "Enter")
    page.locator(".step.open mark").click()
    expect(page.locator(".mark-handle")).to_have_count(2)
    handle = page.locator(".mark-handle[data-edge=end]").bounding_box()
    assert handle is not None
    drag(page, (handle["x"], handle["y"] + handle["height"] / 2), edge_of(page, "thousand", is_end=True))
    press(page, "Enter")
    assert marked(page, CHAIN[1]) == ["47 thousand"]
    page.locator(".step.open [data-remove-mark]").click()
    assert marks(page) == []


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the shown image, told in fractions, is on the screen."""
    at = page.evaluate(
        """([x, y]) => {
            const turned = document.querySelector(".picture:not([hidden]) [data-turn]");
            const { width, height } = turned.closest("svg").dataset;
            const at = new DOMPoint(x * width, y * height).matrixTransform(turned.getScreenCTM());
            return [at.x, at.y];
        }""",
        [x, y],
    )
    return at[0], at[1]


def near(points: list[list[float]]) -> Any:
    return pytest.approx([part for point in points for part in point], abs=0.006)


def flat(mark: dict[str, Any]) -> list[float]:
    return [part for point in mark["points"] for part in point]


VIEWS = [
    [],
    ["nearer", "nearer"],
    ["rotate"],
    ["rotate", "rotate", "nearer"],
    ["rotate", "rotate", "rotate", "farther"],
]


@pytest.mark.parametrize("view", VIEWS)
def test_a_box_is_drawn_moved_and_resized_by_mouse_at_every_zoom_and_turn(page_of: PageOf, view: list[str]) -> None:
    page = a_page(page_of)
    press(page, "3")
    for name in view:
        page.locator(f"[data-do='{name}']").click()
    press(page, "Escape", "b")
    drag(page, on_screen(page, 0.4, 0.45), on_screen(page, 0.6, 0.7))
    assert flat(marks(page)[0]) == near([[0.4, 0.45], [0.6, 0.7]])
    page.mouse.click(*on_screen(page, 0.4, 0.6))  # its edge
    drag(page, on_screen(page, 0.5, 0.55), on_screen(page, 0.45, 0.5))
    assert flat(marks(page)[0]) == near([[0.35, 0.4], [0.55, 0.65]])
    drag(page, on_screen(page, 0.55, 0.65), on_screen(page, 0.5, 0.6))
    assert flat(marks(page)[0]) == near([[0.35, 0.4], [0.5, 0.6]])
    press(page, "Delete")
    assert marks(page) == []


def test_arrows_move_a_box_as_it_is_seen_on_a_turned_image(page_of: PageOf) -> None:
    page = a_page(page_of)
    press(page, "3")
    page.locator("[data-do='rotate']").click()
    press(page, "Escape", "b", "ArrowRight", "Enter")  # right on the screen is up in the image
    assert marks(page)[0]["points"] == [[0.4, 0.38], [0.6, 0.58]]
    press(page, "e", "Tab", "ArrowRight", "Alt+ArrowRight", "Enter")  # its first corner, the image's top left
    assert marks(page)[0]["points"] == [[0.4, 0.355], [0.6, 0.58]]


@pytest.mark.parametrize("view", VIEWS[:3])
def test_a_polygon_is_drawn_by_clicks_and_its_corners_moved_added_and_taken_away(
    page_of: PageOf, view: list[str]
) -> None:
    page = a_page(page_of)
    press(page, "3")
    for name in view:
        page.locator(f"[data-do='{name}']").click()
    press(page, "Escape", "p")
    corners = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6]]
    for point in corners:
        page.mouse.click(*on_screen(page, *point))
    page.mouse.click(*on_screen(page, *corners[0]))  # closes it
    (mark,) = marks(page)
    assert (mark["shape"], flat(mark)) == ("polygon", near(corners))
    page.mouse.click(*on_screen(page, 0.53, 0.4))  # its edge
    drag(page, on_screen(page, 0.6, 0.6), on_screen(page, 0.65, 0.65))
    drag(page, on_screen(page, 0.5, 0.4), on_screen(page, 0.5, 0.3))  # a new corner out of the middle of an edge
    assert flat(marks(page)[0]) == near([[0.4, 0.4], [0.5, 0.3], [0.6, 0.4], [0.65, 0.65], [0.4, 0.6]])
    page.mouse.dblclick(*on_screen(page, 0.5, 0.3))
    assert flat(marks(page)[0]) == near([[0.4, 0.4], [0.6, 0.4], [0.65, 0.65], [0.4, 0.6]])


def test_a_polygon_is_made_and_changed_by_keys_alone(page_of: PageOf) -> None:
    page = a_page(page_of)
    press(page, "3", "p", "ArrowLeft", "Enter")
    assert marks(page)[0]["points"] == [[0.48, 0.38], [0.6, 0.5], [0.48, 0.62], [0.36, 0.5]]
    press(page, "e", "Tab", "ArrowUp", "+", "ArrowRight", "Tab", "Delete", "Enter")
    assert marks(page)[0]["points"] == [[0.48, 0.36], [0.56, 0.43], [0.48, 0.62], [0.36, 0.5]]
    press(page, "e", "Delete")
    assert marks(page) == []


def test_a_region_lies_on_the_image_that_is_shown_and_is_found_there_again(page_of: PageOf) -> None:
    page = a_page(page_of, images=2)
    press(page, "3")
    page.locator("[data-show-image='2']").click()
    press(page, "Escape", "b", "Enter")
    page.locator("[data-show-image='1']").click()
    assert [mark["image"] for mark in marks(page)] == [2]
    expect(page.locator(".region:visible")).to_have_count(0)
    page.locator(".step.open [data-edit-mark]").click()
    expect(page.locator("[data-show-image='2']")).to_have_attribute("aria-pressed", "true")
    press(page, "ArrowDown", "Enter")
    assert marks(page)[0] == {"kind": "region", "image": 2, "shape": "box", "points": [[0.4, 0.42], [0.6, 0.62]]}


def test_a_finger_moves_a_region(page_of: PageOf) -> None:
    page = a_page(page_of)
    press(page, "3", "b", "Enter", "e")
    cdp = page.context.new_cdp_session(page)
    (x, y), (to_x, to_y) = on_screen(page, 0.5, 0.5), on_screen(page, 0.6, 0.4)
    touches = [("touchStart", x, y), ("touchMove", (x + to_x) / 2, (y + to_y) / 2), ("touchMove", to_x, to_y)]
    for kind, at_x, at_y in touches:
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at_x, "y": at_y}]})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    press(page, "Enter")
    assert flat(marks(page)[0]) == near([[0.5, 0.3], [0.7, 0.5]])
