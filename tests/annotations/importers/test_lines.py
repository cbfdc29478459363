from __future__ import annotations

import io

import pytest

from annotations.core.codec import FieldError
from annotations.importers.lines import bounded, decode, lines


def numbers_and_texts(content: bytes, max_bytes: int = 100) -> list[tuple[int, bytes | None]]:
    return [(line.number, line.text) for line in lines(io.BytesIO(content), max_bytes)]


def test_blank_lines_are_counted_but_not_given():
    assert numbers_and_texts(b"a\n\n  \r\nb") == [(1, b"a\n"), (4, b"b")]


def test_a_byte_order_mark_is_no_part_of_the_first_line():
    assert numbers_and_texts(b"\xef\xbb\xbf{}\n") == [(1, b"{}\n")]


def test_of_a_line_that_is_too_long_nothing_is_kept_and_reading_goes_on():
    assert numbers_and_texts(b"x" * 50 + b"\nshort\n", max_bytes=10) == [(1, None), (2, b"short\n")]


def test_a_line_of_exactly_the_bound_is_read():
    assert numbers_and_texts(b"x" * 10 + b"\ny", max_bytes=10) == [(1, b"x" * 10 + b"\n"), (2, b"y")]


def test_the_end_counts_every_byte_read():
    content = b"a\n" + b"x" * 50 + b"\nb"
    assert [line.end for line in lines(io.BytesIO(content), 10)] == [2, 53, 54]


def test_a_line_that_is_too_long_says_so():
    (line,) = lines(io.BytesIO(b"x" * 50), 10)
    with pytest.raises(FieldError, match="at most"):
        bounded(line)


@pytest.mark.parametrize("content", [b"{", b"[1]", b'{"a": NaN}', b"\xff", b"[" * 100_000, b'{"a": 1} {"b": 2}'])
def test_what_is_no_json_object_in_utf8_is_refused(content):
    with pytest.raises(FieldError):
        decode(content)
