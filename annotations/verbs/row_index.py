"""A version's rows as hashes, so that two versions are compared without reading either.

Of each row: who it is (its columns that name something: problem, response, critic, step, …), what it says, in which
file and where. 24 bytes a row, sorted by the first two. Two versions are then a merge of two sorted lists: what is in
both with the same content is unchanged, the same name with other content is changed, the rest was added or removed.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Columns that say which row it is; all others are what it says. Of free JSON, a problem's key or VISCO's id.
NAMES = (
    "key", "id", "problem", "response", "rejected_response", "correction", "critic", "model", "run", "sample", "author",
    "labeler", "kind", "step", "finding", "after_step", "rollout_set", "rollouts_by", "corrector", "strong_critic",
    "weak_critic", "iteration", "question_id", "revision",
)  # fmt: skip
ENTRY = np.dtype([("name", "<u8"), ("content", "<u8"), ("file", "<u2"), ("row", "<u4")])
Entries = NDArray[np.void]


def hashed(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


class RowIndex:
    """Gathers rows as they are written, from one thread."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self._names, self._contents = array("Q"), array("Q")
        self._files, self._rows = array("H"), array("L")

    def add(self, row: Mapping[str, Any], line: bytes | None, file: str, number: int) -> None:
        """line: the row as JSON, where that was made anyway. number: of the row in its file, from 0."""
        if line is None:
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_by_hash).encode()
        named = [row[name] for name in NAMES if row.get(name) is not None]
        if file not in self.files:
            self.files.append(file)
        # A row that nothing names is known by its place.
        told = repr(named) if named else f"{file}/{number}"
        self._names.append(hashed(told.encode()))
        self._contents.append(hashed(line))
        self._files.append(self.files.index(file))
        self._rows.append(number)

    def entries(self) -> Entries:
        """Sorted by name and content."""
        found = np.empty(len(self._names), dtype=ENTRY)
        for column, values in (
            ("name", self._names), ("content", self._contents), ("file", self._files), ("row", self._rows),
        ):  # fmt: skip
            found[column] = np.frombuffer(values, dtype=np.dtype(f"u{values.itemsize}")) if values else ()
        return found[np.lexsort((found["content"], found["name"]))]


def _by_hash(value: Any) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"expected JSON or bytes, found {type(value).__name__}")
    return hashlib.sha256(value).hexdigest()


@dataclass(frozen=True, slots=True)
class Changes:
    """How many rows of each kind, and of some their places: (file, row) in the older and in the newer version."""

    added: int
    removed: int
    changed: int
    unchanged: int
    some_added: tuple[tuple[int, int], ...] = field(default=())
    some_removed: tuple[tuple[int, int], ...] = field(default=())
    some_changed: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = field(default=())

    def counts(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("added", "removed", "changed", "unchanged")}


def changes(older: Entries, newer: Entries, *, some: int = 0) -> Changes:
    """Rows of one name are matched by content first; what is then left on both sides is changed, pair by pair."""
    gone, came = _without_common(older, newer), _without_common(newer, older)
    places_gone, places_came = _numbered(gone["name"]), _numbered(came["name"])
    both, at_gone, at_came = np.intersect1d(places_gone, places_came, return_indices=True)
    only_gone = np.setdiff1d(np.arange(len(gone)), at_gone)
    only_came = np.setdiff1d(np.arange(len(came)), at_came)
    return Changes(
        added=len(only_came),
        removed=len(only_gone),
        changed=len(both),
        unchanged=len(newer) - len(came),
        some_added=tuple(_place(came[at]) for at in only_came[:some]),
        some_removed=tuple(_place(gone[at]) for at in only_gone[:some]),
        some_changed=tuple(
            (_place(gone[one]), _place(came[other])) for one, other in zip(at_gone[:some], at_came[:some], strict=True)
        ),
    )


def _place(entry: Any) -> tuple[int, int]:
    return int(entry["file"]), int(entry["row"])


def _without_common(these: Entries, others: Entries) -> Entries:
    """What these have and the others have not, counting equal rows one by one."""
    keys = (_numbered(_pair(these)), _numbered(_pair(others)))
    return these[~np.isin(keys[0], keys[1])]


def _pair(entries: Entries) -> NDArray[np.void]:
    pairs = np.empty(len(entries), dtype=[("name", "<u8"), ("content", "<u8")])
    pairs["name"], pairs["content"] = entries["name"], entries["content"]
    return pairs


def _numbered(sorted_keys: NDArray[Any]) -> NDArray[Any]:
    """Each key with its ordinal among its equals, as bytes: equal keys become different ones, pair by pair."""
    count = len(sorted_keys)
    starts = np.ones(count, dtype=bool)
    starts[1:] = sorted_keys[1:] != sorted_keys[:-1]
    first = np.maximum.accumulate(np.where(starts, np.arange(count), 0)) if count else np.zeros(0, dtype=int)
    parts = [("key", sorted_keys.dtype), ("ordinal", "<u4")]
    found = np.zeros(count, dtype=parts)
    found["key"], found["ordinal"] = sorted_keys, np.arange(count) - first
    return found.view(f"V{found.dtype.itemsize}").reshape(count)
