"""Two versions compared by their rows' hashes."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from annotations.verbs.row_index import Entries, RowIndex, changes


def index(rows: list[dict[str, Any]]) -> Entries:
    gathered = RowIndex()
    for number, row in enumerate(rows):
        gathered.add(row, None, "train.parquet", number)
    return gathered.entries()


def test_a_row_of_the_same_name_with_other_content_is_changed() -> None:
    older = index([{"key": "a", "x": 1}, {"key": "b", "x": 1}, {"key": "gone", "x": 1}])
    newer = index([{"key": "b", "x": 2}, {"key": "a", "x": 1}, {"key": "new", "x": b"bytes"}])
    found = changes(older, newer, some=5)
    assert found.counts() == {"added": 1, "removed": 1, "changed": 1, "unchanged": 1}
    assert (found.some_changed, found.some_added, found.some_removed) == ((((0, 1), (0, 0)),), ((0, 2),), ((0, 2),))


def test_rows_that_nothing_names_are_told_apart_by_their_place() -> None:
    assert changes(index([{"x": 1}, {"x": 2}]), index([{"x": 1}, {"x": 3}])).counts() == {
        "added": 0, "removed": 0, "changed": 1, "unchanged": 1,
    }  # fmt: skip


named = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=12)


@given(named, named)
def test_the_counts_add_up_to_both_versions_even_where_names_repeat(
    older: list[tuple[str, int]], newer: list[tuple[str, int]]
) -> None:
    one, other = ([{"key": key, "x": x} for key, x in rows] for rows in (older, newer))
    found = changes(index(one), index(other))
    assert found.unchanged == sum((Counter(older) & Counter(newer)).values())
    assert found.unchanged + found.changed + found.removed == len(older)
    assert found.unchanged + found.changed + found.added == len(newer)
    left = Counter(key for key, _ in (Counter(older) - Counter(newer)).elements())
    came = Counter(key for key, _ in (Counter(newer) - Counter(older)).elements())
    assert found.changed == sum((left & came).values())
