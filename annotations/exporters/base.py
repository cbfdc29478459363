"""What every exporter is: a function from core records to the rows of named files.

An exporter is plain Python. It reads each problem once, in order, and writes through a `Sink`; who the sink is (a
folder, a snapshot being published, a test) it does not know. Memory must not grow with the number of problems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from annotations.core import schema
from annotations.core.plugins import modules_of
from annotations.exporters.features import Columns


@dataclass(frozen=True, slots=True)
class Item:
    """One problem with its responses and the chosen critiques, and a way to its images' original bytes.

    `pseudonym` is the name under which an author leaves in a table: a critic's own, a person's as the caller makes it.
    """

    problem: schema.Problem
    image_bytes: Callable[[schema.Image], bytes]
    pseudonym: Callable[[schema.Author], str]


class RowFile(Protocol):
    byte_size: int  # written so far

    def write(self, row: Mapping[str, Any]) -> None:
        """Appends one row; bytes in it become base64 where the file is JSON."""


@dataclass(frozen=True, slots=True)
class CriticSource:
    """One critic's run (and sample) among the chosen critiques, known before the first row is written."""

    name: str
    run: str
    sample: int


class Sink(Protocol):
    critics: tuple[CriticSource, ...]

    def file(self, name: str, critic: CriticSource | None = None, columns: Columns | None = None) -> RowFile:
        """The file of this name, made at the first call; one folder may stand before it. critic: whose it is.

        JSONL, or Parquet where the name says so: then with these columns.
        """

    def count(self, column: str, value: str) -> None:
        """Counts a value of a column that says what a row is; the manifest tells their shares."""

    def skip(self, why: str) -> None:
        """Counts a record that the format cannot hold; the manifest tells how many and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice that a format offers; the first value is the default. A `free` one takes any text, "" by default."""

    name: str
    values: tuple[str, ...] = ("",)
    help: str
    free: bool = False


GROUPS = ("lossless", "process reward", "preference", "critic training", "self-correction", "analysis")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFormat:
    """`group` is one of GROUPS. `all_revisions`: superseded revisions of critiques are in it, not only the latest."""

    name: str
    group: str
    title: str
    help: str
    write: Callable[[Iterable[Item], Mapping[str, str], Sink], None]
    options: tuple[Option, ...] = field(default=())
    all_revisions: bool = False

    def chosen(self, options: Mapping[str, str]) -> dict[str, str]:
        """Every option with its value. Raises ValueError for an unknown option or value, naming what there is."""
        known = {option.name: option for option in self.options}
        for name, value in options.items():
            if name not in known:
                raise ValueError(f"option {name}: the format {self.name} has {', '.join(known) or 'no options'}")
            if not known[name].free and value not in known[name].values:
                raise ValueError(f"option {name}: expected one of {', '.join(known[name].values)}, found {value}")
        return {name: options.get(name, option.values[0]) for name, option in known.items()}


@cache
def formats() -> dict[str, ExportFormat]:
    """Every format in this folder, by name: a module with a `FORMAT` is one."""
    found = [module.FORMAT for module in modules_of(__package__) if hasattr(module, "FORMAT")]
    return {format.name: format for format in found}
