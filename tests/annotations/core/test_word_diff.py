"""A correction shows what changed, word by word."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from annotations.core.word_diff import MOST_WORDS, word_diff

TEXTS = st.lists(st.sampled_from(["a", "b ", " ", "66", "底", "é", "👨‍👩‍👧", ",", "\n"]), max_size=12).map("".join)


def shown(before: str, after: str) -> str:
    signs = {"equal": "{}", "delete": "[-{}-]", "insert": "{{+{}+}}"}
    return "".join(signs[segment.change].format(segment.text) for segment in word_diff(before, after))


def test_a_changed_number_is_one_word() -> None:
    assert shown("The bar shows 66 units.", "The bar shows 61.5 units.") == "The bar shows [-66-]{+61.5+} units."


def test_words_come_and_go() -> None:
    assert shown("It is red.", "It is not red.") == "It is {+not +}red."
    assert shown("It is not red.", "It is red.") == "It is [-not -]red."
    assert shown("", "new") == "{+new+}"
    assert shown("old", "") == "[-old-]"
    assert shown("", "") == ""


def test_neighbouring_changes_are_one_change() -> None:
    assert shown("see two cats now", "see three dogs now") == "see [-two cats-]{+three dogs+} now"


def test_scripts_without_spaces_change_by_character() -> None:
    assert shown("底边是三", "底边是五") == "底边是[-三-]{+五+}"


def test_a_text_beyond_bounds_counts_as_changed_whole() -> None:
    long = "a " * MOST_WORDS
    assert [segment.change for segment in word_diff(long, long + "b")] == ["delete", "insert"]


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_off_a_diff(before: str, after: str) -> None:
    segments = word_diff(before, after)
    assert "".join(segment.text for segment in segments if segment.change != "insert") == before
    assert "".join(segment.text for segment in segments if segment.change != "delete") == after
    assert all(segment.text for segment in segments)
    assert all(one.change != other.change for one, other in pairwise(segments))
