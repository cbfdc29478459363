"""Steps cut anew: positions stay where they were in the text, and what was said goes with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotations.core.cuts import CutError, carried, join_at, rebased, shared, split_at
from annotations.core.schema import Span, StepRange
from annotations.core.steps import join_steps, step_texts

TEXT, STEPS = join_steps(["One bar. Two bars.", "So $a + b$ is 4.", "The end."])
SECOND_SENTENCE = TEXT.index("Two bars.")


def ranges(*edges: tuple[int, int]) -> tuple[StepRange, ...]:
    return tuple(StepRange(start=start, end=end) for start, end in edges)


def test_a_step_is_split_and_the_white_space_between_becomes_layout() -> None:
    new = split_at(TEXT, STEPS, SECOND_SENTENCE)
    assert step_texts(TEXT, new) == ("One bar.", "Two bars.", "So $a + b$ is 4.", "The end.")


def test_two_steps_are_joined_with_what_lies_between() -> None:
    assert step_texts(TEXT, join_at(STEPS, STEPS[0].end)) == ("One bar. Two bars.\n\nSo $a + b$ is 4.", "The end.")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (0, "inside a step"),
        (len(TEXT) + 5, "inside a step"),
        (STEPS[0].end, "inside a step"),
        (STEPS[1].start + 5, "outside of a formula"),
    ],
)
def test_a_cut_lies_inside_a_step_and_outside_of_formulas(at: int, expected: str) -> None:
    with pytest.raises(CutError, match=expected):
        split_at(TEXT, STEPS, at)


def test_a_cut_splits_no_character_and_leaves_text_on_both_sides() -> None:
    with pytest.raises(CutError, match="between two characters"):
        split_at("e\u0301 so", ranges((0, 5)), 1)
    with pytest.raises(CutError, match="text on both sides"):
        split_at("  so", ranges((0, 4)), 1)


@pytest.mark.parametrize("at", [0, 3, STEPS[-1].end])
def test_only_a_step_that_another_follows_is_joined(at: int) -> None:
    with pytest.raises(CutError, match="the end of a step that another follows"):
        join_at(STEPS, at)


@st.composite
def cuts(draw: Any) -> tuple[str, tuple[StepRange, ...], tuple[StepRange, ...]]:
    """A text, its steps, and its steps with one cut more or less."""
    words = st.sampled_from(["one", "два", "三", "👩‍🔬", "e\u0301", "$x^2$", "4."])
    texts = draw(st.lists(st.lists(words, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=5))
    text, steps = join_steps(texts)
    try:
        if draw(st.booleans()):
            return text, steps, split_at(text, steps, draw(st.integers(0, len(text))))
        return text, steps, join_at(steps, draw(st.sampled_from([step.end for step in steps])))
    except CutError:
        assume(False)
        raise


@given(cuts(), st.data())
def test_a_span_marks_the_same_text_after_any_cut(
    cut: tuple[str, tuple[StepRange, ...], tuple[StepRange, ...]], data: Any
) -> None:
    text, old, new = cut
    step = data.draw(st.integers(1, len(old)))
    length = old[step - 1].end - old[step - 1].start
    start = data.draw(st.integers(0, length - 1))
    end = data.draw(st.integers(start + 1, length))
    before = {old[step - 1].start + position for position in range(start, end)}
    after = [
        new[number - 1].start + position
        for number, span in rebased(Span(start=start, end=end), step, old, new)
        for position in range(span.start, span.end)
    ]
    lost = before - set(after)
    assert set(after) <= before
    assert len(after) == len(set(after))
    assert not "".join(text[position] for position in sorted(lost)).strip(), "only layout is marked no more"


@given(cuts())
def test_a_split_is_undone_by_a_join_and_the_other_way_round(
    cut: tuple[str, tuple[StepRange, ...], tuple[StepRange, ...]],
) -> None:
    text, old, new = cut
    if len(new) > len(old):
        assert join_at(new, next(part.end for part, step in zip(new, [*old, None], strict=True) if part != step)) == old
    else:
        index = next(index for index, (part, step) in enumerate(zip(new, old, strict=False)) if part != step)
        assert split_at(text, new, old[index + 1].start) == old


@st.composite
def sayings(draw: Any, steps: int) -> dict[int, dict[str, Any]]:
    return {
        number: {
            "verdict": draw(st.sampled_from(["correct", "incorrect", "neutral", "unsure", None])),
            "own_error": draw(st.sampled_from([True, None])),
            "inherits_from": draw(st.lists(st.integers(1, number - 1), unique=True).map(sorted)) if number > 1 else [],
            "confidence": draw(st.sampled_from([0.25, 0.6, None])),
            "seconds": draw(st.sampled_from([0.0, 7.5, None])),
        }
        for number in range(1, steps + 1)
    }


@given(cuts(), st.data())
def test_what_was_said_stays_valid_and_untouched_steps_keep_it(
    cut: tuple[str, tuple[StepRange, ...], tuple[StepRange, ...]], data: Any
) -> None:
    _, old, new = cut
    said = data.draw(sayings(len(old)))
    to_new = shared(old, new)
    holding = {
        step: data.draw(st.sets(st.sampled_from(parts), min_size=1))
        for step, parts in to_new.items()
        if data.draw(st.booleans())
    }
    found = carried(said, holding, old, new)
    assert list(found) == list(range(1, len(new) + 1))
    spent = [values["seconds"] for values in said.values() if values["seconds"] is not None]
    assert sum(values.get("seconds", 0) for values in found.values()) == pytest.approx(sum(spent))
    for number, values in found.items():
        assert all(origin < number for origin in values.get("inherits_from", []))
        assert not (values.get("origin_unknown") and (values.get("own_error") or values.get("inherits_from")))
        if new[number - 1] in old:
            step = old.index(new[number - 1]) + 1
            for name in ("verdict", "own_error", "confidence"):
                if said[step]["verdict"] is not None:
                    assert values.get(name) == said[step][name]


def test_the_verdict_of_a_split_step_goes_where_its_finding_lies() -> None:
    new = split_at(TEXT, STEPS, SECOND_SENTENCE)
    said = {
        1: {"verdict": "incorrect", "own_error": True, "seconds": 17.0},
        2: {"verdict": "incorrect", "inherits_from": [1]},
    }
    assert carried(said, {1: {2}}, STEPS, new) == {
        1: {"seconds": 8.0},  # 8 of the 17 code points that are in steps still
        2: {"verdict": "incorrect", "own_error": True, "seconds": 9.0},
        3: {"verdict": "incorrect", "inherits_from": [2]},
        4: {},
    }


def test_both_parts_of_a_split_step_keep_a_verdict_that_names_no_place() -> None:
    new = split_at(TEXT, STEPS, SECOND_SENTENCE)
    said = {1: {"verdict": "unsure", "reason": "Too dark."}}
    found = carried(said, {}, STEPS, new)
    assert found[1] == found[2] == {"verdict": "unsure", "reason": "Too dark."}


def test_an_incorrect_step_without_a_finding_is_asked_again_when_it_is_split() -> None:
    new = split_at(TEXT, STEPS, SECOND_SENTENCE)
    found = carried({1: {"verdict": "incorrect", "own_error": True, "confidence": 0.9}}, {}, STEPS, new)
    assert (found[1], found[2]) == ({}, {})


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("correct", "correct", "correct"),
        ("correct", "incorrect", "incorrect"),
        (None, "incorrect", "incorrect"),
        ("correct", None, None),
        ("correct", "unsure", "unsure"),
        ("neutral", "correct", "correct"),
        ("neutral", "neutral", "neutral"),
    ],
)
def test_the_verdict_of_joined_steps(one: str | None, other: str | None, together: str | None) -> None:
    new = join_at(STEPS, STEPS[0].end)
    found = carried({1: {"verdict": one}, 2: {"verdict": other}}, {}, STEPS, new)
    assert found[1].get("verdict") == together


def test_joined_steps_are_as_sure_as_the_less_sure_one_and_inherit_nothing_from_themselves() -> None:
    new = join_at(STEPS, STEPS[0].end)
    said = {
        1: {"verdict": "incorrect", "own_error": True, "confidence": 0.9, "skills": ["counting"]},
        2: {"verdict": "incorrect", "inherits_from": [1], "confidence": 0.25},
        3: {"verdict": "incorrect", "inherits_from": [2]},
    }
    assert carried(said, {}, STEPS, new) == {
        1: {"verdict": "incorrect", "own_error": True, "confidence": 0.25, "skills": ["counting"]},
        2: {"verdict": "incorrect", "inherits_from": [1]},
    }
