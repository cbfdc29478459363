"""Of a model's reply, the members that came whole are read, wherever it was cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.critics.reply import whole_members

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 1000) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5), st.data())
def test_wherever_the_text_is_cut_what_is_read_was_said(said: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(said, ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.sampled_from([None, 1])))
    cut = data.draw(st.integers(0, len(text)))
    read = whole_members(text[:cut])
    assert list(read.items()) == list(said.items())[: len(read)]
    assert whole_members(text) == said


def test_text_around_the_object_is_passed_over() -> None:
    assert whole_members('Sure! Here it is:\n```json\n{"a": 1, "b": [2]}\n```') == {"a": 1, "b": [2]}


def test_a_number_at_the_cut_may_have_gone_on_and_is_not_read() -> None:
    assert whole_members('{"a": 1, "b": 1') == {"a": 1}


@pytest.mark.parametrize("text", ["", "no object", "{", '{"a', '{"a":', "{1: 2}", '{"a" 1}', "[" * 100_000, "{" * 9])
def test_a_reply_without_a_whole_member_gives_nothing(text: str) -> None:
    assert whole_members(text) == {}


def test_a_hostile_depth_ends_the_reading_and_not_the_worker() -> None:
    assert whole_members('{"a": 1, "b": ' + "[" * 200_000) == {"a": 1}
