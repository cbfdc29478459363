"""What changed between two versions of a dataset: rows added, removed and changed, with some of them to look at."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet
from django.core.files.storage import default_storage

from annotations.models import Snapshot
from annotations.verbs.publish import rows_of
from annotations.verbs.row_index import NAMES, Changes, changes

SHOWN = 5  # rows of each kind
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """`names` say which row it is; `parts` are (column, before, after), of what differs; None where it was not."""

    names: Mapping[str, Any]
    parts: list[tuple[str, Any, Any]]


@dataclass(frozen=True, slots=True)
class VersionChanges:
    counts: Changes
    added: list[ChangedRow]
    removed: list[ChangedRow]
    changed: list[ChangedRow]


def version_changes(older: Snapshot, newer: Snapshot) -> VersionChanges | None:
    """None where one of them was published without an index of its rows. Reads both indexes, and the rows shown."""
    before, after = rows_of(older), rows_of(newer)
    if before is None or after is None:
        return None
    found = changes(before, after, some=SHOWN)
    old_rows = _rows_at(older, [*found.some_removed, *(one for one, _ in found.some_changed)])
    new_rows = _rows_at(newer, [*found.some_added, *(other for _, other in found.some_changed)])
    return VersionChanges(
        counts=found,
        added=[_changed({}, new_rows[place]) for place in found.some_added],
        removed=[_changed(old_rows[place], {}) for place in found.some_removed],
        changed=[_changed(old_rows[one], new_rows[other]) for one, other in found.some_changed],
    )


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> ChangedRow:
    row = after or before
    names = {name: row[name] for name in NAMES if row.get(name) is not None}
    parts = [
        (column, before.get(column), after.get(column))
        for column in row
        if column not in names and before.get(column) != after.get(column)
    ]
    return ChangedRow(names, parts)


def _rows_at(snapshot: Snapshot, places: Iterable[Place]) -> dict[Place, Mapping[str, Any]]:
    """Rows by file and number; each file is read once, up to the last of them."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for file, row in places:
        wanted[file].add(row)
    names = snapshot.manifest["row_index"]["files"]
    keys = dict(snapshot.files.values_list("name", "storage_key"))
    found: dict[Place, Mapping[str, Any]] = {}
    for number, rows in wanted.items():
        with default_storage.open(keys[names[number]]) as stored:
            read = _parquet_rows if names[number].endswith(".parquet") else _json_rows
            found.update({(number, row): told for row, told in read(stored, rows)})
    return found


def _json_rows(stored: Any, rows: set[int]) -> Iterable[tuple[int, Mapping[str, Any]]]:
    last = max(rows)
    for number, line in enumerate(stored):
        if number in rows:
            yield number, json.loads(line)
        if number >= last:
            return


def _parquet_rows(stored: Any, rows: set[int]) -> Iterable[tuple[int, Mapping[str, Any]]]:
    file, first = pyarrow.parquet.ParquetFile(stored), 0
    for group in range(file.metadata.num_row_groups):
        count = file.metadata.row_group(group).num_rows
        here = [row for row in sorted(rows) if first <= row < first + count]
        if here:
            table = file.read_row_group(group).take([row - first for row in here])
            yield from zip(here, table.to_pylist(), strict=True)
        first += count
