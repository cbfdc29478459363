"""What a critic quotes is found in the step that it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.core.quotes import find_quote

STEP = "The bar for 2021 shows “66  thousand units”, so 66 - 47 = $19 + x$ thousand."


def quoted(step: str, quote: str) -> str | None:
    span = find_quote(step, quote)
    return None if span is None else step[span.start : span.end]


def test_an_exact_quote_is_found_at_its_first_place() -> None:
    span = find_quote(STEP, "66")
    assert span is not None
    assert (span.start, span.end) == (24, 26)


@pytest.mark.parametrize(
    ("quote", "meant"),
    [
        ('shows "66 THOUSAND\nunits"', "shows “66  thousand units”"),
        ("66 − 47", "66 - 47"),
        ("  2021 shows  ", "2021 shows"),
    ],
)
def test_case_white_space_and_typography_make_no_difference(quote: str, meant: str) -> None:
    assert quoted(STEP, quote) == meant


def test_composed_and_decomposed_letters_are_alike() -> None:
    assert quoted("le cafe\u0301 noir", "café") == "cafe\u0301"
    assert quoted("ﬁve ﬁsh", "five fish") == "ﬁve ﬁsh"


def test_a_near_quote_is_found_as_whole_words() -> None:
    assert quoted(STEP, "the bar in 2021 showed 66 thousand") == "The bar for 2021 shows “66  thousand"


@pytest.mark.parametrize("quote", ["", "   ", "nothing of the kind stands here", "67", "thousand elephants dance"])
def test_what_is_not_there_is_not_guessed(quote: str) -> None:
    assert find_quote(STEP, quote) is None


def test_a_quote_longer_than_the_step_may_mean_the_whole_step() -> None:
    assert quoted("It shows 66 units.", "Step 1: It shows 66 units.") == "It shows 66 units."
    assert quoted("It shows 66 units.", "A long text of other units and about much else besides.") is None


def test_a_quote_of_a_part_of_a_formula_marks_the_formula() -> None:
    assert quoted(STEP, "= $19") == "= $19 + x$"


@given(st.text(max_size=40), st.text(max_size=40))
def test_finding_never_fails_and_stays_in_the_step(step: str, quote: str) -> None:
    span = find_quote(step, quote)
    assert span is None or 0 <= span.start < span.end <= len(step)


@given(st.text(min_size=1, max_size=40), st.data())
def test_every_visible_part_of_a_step_is_found_in_it(step: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(step) - 1))
    part = step[start : data.draw(st.integers(start + 1, len(step)))]
    found = quoted(step, part)
    assert (found is None) == (not part.strip())
    assert found is None or part.strip() in found
