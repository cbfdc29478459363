"""Formats that are one table: rows of declared columns, as JSONL or Parquet, split by problem.

A problem's split follows from its key alone (SHA-256), so that an item never moves between versions, and its responses
never lie on both sides. Files are cut at SHARD_BYTES: `train.parquet`, `train-2.parquet`, …
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from annotations.exporters.base import ExportFormat, Item, Option, RowFile, Sink
from annotations.exporters.features import Columns

Options = Mapping[str, str]
Skip = Callable[[str], None]
Rows = Callable[[Item, Options, Skip], Iterator[Mapping[str, Any]]]

SHARD_BYTES = 500 * 1024 * 1024
SPLITS = {
    "all_train": (("train", 1.0),),
    "90_5_5": (("train", 0.90), ("validation", 0.95), ("test", 1.0)),
    "80_20": (("train", 0.80), ("test", 1.0)),
}
CONTAINER = Option(name="container", values=("parquet", "jsonl"), help="How rows are stored.")
SPLIT = Option(name="split", values=tuple(SPLITS), help="Shares of train, validation and test, by problem.")


def table_format(
    *,
    name: str,
    group: str,
    title: str,
    help: str,
    columns: Callable[[Options], Columns],
    rows: Rows,
    options: tuple[Option, ...] = (),
    counted: tuple[str, ...] = (),
) -> ExportFormat:
    """`rows` yields the rows of one problem, and tells `skip` of each record that it cannot hold, with a reason.

    counted: columns that say what a row is, such as whose words it holds; the manifest tells how many of each.
    """

    def write(items: Iterable[Item], chosen: Options, sink: Sink) -> None:
        files = _Shards(sink, columns(chosen), chosen["container"], counted)
        for item in items:
            split = split_of(item.problem.key, chosen["split"])
            for row in rows(item, chosen, sink.skip):
                files.write(split, row)
        if not files.opened:
            files.open("train")  # an empty dataset is one without rows, not without files

    return ExportFormat(
        name=name, group=group, title=title, help=help, write=write, options=(*options, SPLIT, CONTAINER)
    )


def split_of(problem_key: str, split: str) -> str:
    """The same for ever, whatever else is published."""
    place = int.from_bytes(hashlib.sha256(f"split/{problem_key}".encode()).digest()[:8]) / 2**64
    return next(name for name, upto in SPLITS[split] if place < upto)


def _word(value: Any) -> str:
    """As JSON has it: a manifest's keys are text."""
    return {True: "true", False: "false", None: "null"}.get(value, str(value))


class _Shards:
    def __init__(self, sink: Sink, columns: Columns, container: str, counted: tuple[str, ...]) -> None:
        self.sink, self.columns, self.container, self.counted = sink, columns, container, counted
        self.opened: dict[str, tuple[int, RowFile]] = {}

    def write(self, split: str, row: Mapping[str, Any]) -> None:
        number, file = self.opened.get(split) or self.open(split)
        if file.byte_size >= SHARD_BYTES:
            number, file = self.open(split, number + 1)
        file.write({name: row.get(name) for name in self.columns})
        for name in self.counted:
            self.sink.count(name, _word(row[name]))

    def open(self, split: str, number: int = 1) -> tuple[int, RowFile]:
        name = f"{split}.{self.container}" if number == 1 else f"{split}-{number}.{self.container}"
        self.opened[split] = number, self.sink.file(name, columns=self.columns)
        return self.opened[split]
