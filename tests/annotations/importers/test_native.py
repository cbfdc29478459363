"""Native JSONL is lossless and strict."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.core import codec
from annotations.core.schema import Problem
from tests.annotations.importers.builders import (
    a_critique_record,
    a_problem_record,
    a_response_record,
    errors,
    jsonl,
    native,
    records,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def test_a_line_gives_the_record_back():
    problem = a_problem_record("p1", a_response_record(critiques=(a_critique_record(),)), tags=("a", "b"))
    assert records("native", native(problem)) == [problem]


@given(question=TEXT, extra=st.dictionaries(TEXT, JSON, max_size=3), options=st.lists(TEXT, max_size=3))
def test_whatever_text_and_extra_it_holds_comes_back(question, extra, options):
    problem = Problem(key="p", question=question, extra=extra, options=tuple(options))
    (found,) = records("native", native(problem))
    assert found == problem
    assert json.dumps(found.extra) == json.dumps(extra)  # in order, and 1 is not 1.0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"questoin": "typo"}, "questoin"),
        ({"question": 5}, "question"),
        ({"question": None}, "question"),
        ({"tags": "a"}, "tags"),
        ({"responses": [{"key": "r", "source_text": "x", "sample": "1"}]}, "responses.0.sample"),
        ({"responses": [{"key": "r"}]}, "responses.0.source_text"),
        ({"extra": {"a": "\0"}}, "extra.a"),
        ({"extra": {"a": "\ud800"}}, ""),
    ],
)
def test_nothing_is_guessed_or_dropped(change, field):
    line = codec.dump(a_problem_record()) | change
    (error,) = errors("native", jsonl(line))
    assert (error.line, error.field) == (1, field)
    assert "expected" in str(error)


def test_every_good_line_is_read_whatever_stands_between():
    content = jsonl(codec.dump(a_problem_record("a")), "{", "", "[]", b"\xff", codec.dump(a_problem_record("b")))
    assert [error.line for error in errors("native", content)] == [2, 4, 5]
