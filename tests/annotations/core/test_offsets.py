"""Positions mean the same for the schema, the browser and a reader."""

import pytest
import regex
from hypothesis import assume, given
from hypothesis import strategies as st

from annotations.core.offsets import from_utf16, grapheme_edges, snap, to_utf16, utf16_length, words
from annotations.core.schema import Span

FAMILY = "👨‍👩‍👧"
NASTY = st.lists(
    st.sampled_from(
        [
            FAMILY,
            "🇩🇪",
            "👍🏽",
            "e\u0301",
            "كِتاب",
            "किताब",
            "底边",
            "กำ",
            "각",
            "a",
            " ",
            "\r\n",
            "\u200d",
            "\u0301",
            "𝒙",
            "3.5",
        ]
    )
    | st.text(max_size=3),
    max_size=12,
).map("".join)


def word_texts(text: str) -> list[str]:
    return [text[start:end] for start, end in words(text)]


def test_positions_count_two_utf16_units_above_the_basic_plane() -> None:
    assert [to_utf16("a😀b", position) for position in range(4)] == [0, 1, 3, 4]
    assert [from_utf16("a😀b", units) for units in range(5)] == [0, 1, 1, 2, 3]
    assert utf16_length("a😀b") == 4


@given(NASTY)
def test_utf16_agrees_with_the_encoder_and_comes_back(text: str) -> None:
    for position in range(len(text) + 1):
        assert to_utf16(text, position) == len(text[:position].encode("utf-16-le", "surrogatepass")) // 2
        assert from_utf16(text, to_utf16(text, position)) == position


@pytest.mark.parametrize("position", [-1, 3])
def test_a_position_outside_of_the_text_is_refused(position: int) -> None:
    with pytest.raises(IndexError, match="from 0 to 2"):
        to_utf16("ab", position)
    with pytest.raises(IndexError, match="from 0 to 2"):
        from_utf16("ab", position)


def test_graphemes_are_what_a_reader_sees() -> None:
    assert grapheme_edges("") == (0,)
    assert grapheme_edges("e\u0301" + FAMILY + "🇩🇪🇫🇷\r\n") == (0, 2, 7, 9, 11, 13)


def test_words_of_latin_text_keep_numbers_and_contractions_whole() -> None:
    assert word_texts("Don't take 3.5 or 1,000, x_1!") == ["Don't", "take", "3.5", "or", "1,000", ",", "x_1", "!"]


def test_words_of_scripts_without_spaces_are_characters() -> None:
    assert word_texts("底边是3cm。") == ["底", "边", "是", "3cm", "。"]
    assert word_texts("สวัสดี") == ["ส", "วั", "ส", "ดี"]


def test_words_of_other_scripts_and_emoji() -> None:
    assert word_texts(f"مرحبا किताब {FAMILY}🇩🇪 e\u0301a") == ["مرحبا", "किताब", FAMILY, "🇩🇪", "e\u0301a"]


@given(NASTY)
def test_words_cut_no_grapheme_stand_in_order_and_leave_only_white_space_out(text: str) -> None:
    edges = set(grapheme_edges(text))
    position = 0
    for start, end in words(text):
        assert position <= start < end
        assert {start, end} <= edges
        assert not text[position:start].strip()
        position = end
    assert not text[position:].strip()


def test_a_span_grows_to_whole_graphemes_and_atoms() -> None:
    text = "ab" + FAMILY + " $x+1$ e\u0301"
    atom = (text.index("$"), text.rindex("$") + 1)
    assert snap(text, Span(start=3, end=4), [atom]) == Span(start=2, end=7)
    assert snap(text, Span(start=6, end=10), [atom]) == Span(start=2, end=atom[1])
    assert snap(text, Span(start=7, end=8), [atom]) == Span(start=7, end=8)
    assert snap(text, Span(start=len(text) - 1, end=len(text))) == Span(start=len(text) - 2, end=len(text))


@given(NASTY, st.data())
def test_snapping_holds_the_span_and_changes_nothing_the_second_time(text: str, data: st.DataObject) -> None:
    assume(text)
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start=start, end=data.draw(st.integers(start + 1, len(text))))
    snapped = snap(text, span)
    assert snapped.start <= span.start < span.end <= snapped.end
    assert snap(text, snapped) == snapped
    whole = regex.findall(r"\X", text)
    assert "".join(
        regex.findall(r"\X", text[: snapped.start]) + regex.findall(r"\X", text[snapped.start :])
    ) == "".join(whole)
    assert {snapped.start, snapped.end} <= set(grapheme_edges(text))


@pytest.mark.parametrize("span", [Span(start=0, end=3), Span(start=2, end=1), Span(start=1, end=1)])
def test_a_span_that_does_not_lie_in_the_text_is_refused(span: Span) -> None:
    with pytest.raises(ValueError, match="code points of the step's own text"):
        snap("ab", span)
