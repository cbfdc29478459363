"""Objects out of a file, however it holds them."""

from __future__ import annotations

import io
import json

import pytest

from annotations.importers.json_records import Found, json_records

THREE = [{"n": 1}, {"n": 2, "text": "ein { und ein ["}, {"n": 3}]


def read(content: bytes, **more: str) -> list[Found]:
    return list(json_records(io.BytesIO(content), **more))


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(map(json.dumps, THREE)),
        json.dumps(THREE),
        json.dumps(THREE, indent=2),
        "\n".join(json.dumps(record, indent=2) for record in THREE),
        "\ufeff" + json.dumps(THREE),
        "\ufeff" + "\n".join(map(json.dumps, THREE)),
        "  \n" + json.dumps(THREE),
    ],
    ids=["JSONL", "list", "pretty list", "pretty objects", "marked list", "marked JSONL", "space first"],
)
def test_every_object_of_any_form(content: str) -> None:
    assert [found.record for found in read(content.encode())] == THREE


@pytest.mark.parametrize("indent", [None, 2])
def test_an_object_by_key_gives_its_values_with_their_keys(indent: int | None) -> None:
    content = json.dumps({"a": {"n": 1}, "b": {"n": 2, "pid": "own"}}, indent=indent).encode()
    assert [found.record for found in read(content, key_field="pid")] == [{"pid": "a", "n": 1}, {"n": 2, "pid": "own"}]


def test_a_bad_line_is_told_and_the_others_are_read() -> None:
    first, second, third = read(b'{"n": 1}\n{"n": \n{"n": 3}\n')
    assert (first.record, third.record) == ({"n": 1}, {"n": 3})
    assert second.number == 2
    assert second.error is not None


def test_a_list_that_breaks_off_says_after_which_record() -> None:
    first, second = read(b'[{"n": 1}, {"n": 2')
    assert first.record == {"n": 1}
    assert second.number == 2
    assert "nothing after it was read" in str(second.error)


def test_what_is_no_object_is_named() -> None:
    first, second = read(b'[{"n": 1}, 5]')
    assert first.record == {"n": 1}
    assert second.error is not None and second.error.found == "a number"


def test_numbers_stay_numbers() -> None:
    (found,) = read(b'[{"rating": 0.5, "n": 3, "big": 12345678901234567890}]')
    assert found.record == {"rating": 0.5, "n": 3, "big": 12345678901234567890}


def test_an_empty_file_has_nothing() -> None:
    assert read(b"") == read(b"[]") == []
