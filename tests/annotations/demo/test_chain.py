"""Marks of the demo are right by construction: what cannot be placed is an error."""

from __future__ import annotations

import random

import pytest

from annotations.demo.canvas import Canvas, Picture
from annotations.demo.chain import LUMEN, Chain, Fault, Reading, problem, span_of, wrong


def _picture(**places: tuple[float, float, float, float]) -> Picture:
    canvas = Canvas(100, 50)
    for name, corners in places.items():
        canvas.place(name, *corners)
    return canvas.finish("A sheet.")


def _made(fault: Fault, *pictures: Picture, step: int = 1):
    chain = Chain(LUMEN, ("The bar is red.", "So it is."), "red", Reading("incorrect", {step: wrong(fault)}))
    return problem(
        "key",
        "Which colour?",
        pictures,
        [chain],
        reference_answer="blue",
        superskill="Perception",
        skill="Chart",
        rng=random.Random(1),
    ).record


def _fault(quote: str = "red", place: str = "bar") -> Fault:
    return Fault("perception/attribute", "minor", ("It is blue.",), None, (quote,), (place,))


def test_a_quote_becomes_a_span_in_code_points():
    span = span_of("見🙂", "私は見🙂た")
    assert (span.start, span.end) == (2, 4)


@pytest.mark.parametrize(("quote", "times"), [("green", 0), ("bar", 2), ("", 23)])
def test_a_quote_that_the_step_does_not_hold_exactly_once_is_refused(quote, times):
    with pytest.raises(ValueError, match=f"exactly once, found it {times} times"):
        span_of(quote, "The bar beside the bar")


def test_a_place_becomes_a_region_of_the_image_that_has_it():
    made = _made(_fault(), _picture(other=(0, 0, 1, 1)), _picture(bar=(10, 10, 60, 40)))
    region = made.responses[0].critiques[0].judgments[0].findings[0].marks[1]
    assert (region.image, region.shape, region.points) == (2, "box", ((0.1, 0.2), (0.6, 0.8)))


@pytest.mark.parametrize("pictures", [(), ({"bar": (0, 0, 9, 9)}, {"bar": (0, 0, 9, 9)})])
def test_a_place_that_not_exactly_one_picture_has_is_refused(pictures):
    with pytest.raises(ValueError, match="exactly one picture"):
        _made(_fault(), *(_picture(**places) for places in pictures))


def test_a_ruling_on_a_step_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="step numbers 1 to 2, found \\[3\\]"):
        _made(_fault(), _picture(bar=(0, 0, 9, 9)), step=3)
