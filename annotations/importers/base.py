"""What every importer is: a function from an open file to core records, one line at a time.

An importer is plain Python. It yields each record with the line it stood on, or a RecordError in its place, and goes
on; whether an error stops the import is not its business. Memory must not grow with the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from annotations.core.codec import FieldError
from annotations.core.plugins import modules_of
from annotations.core.schema import Problem
from annotations.importers.beside import Beside

if TYPE_CHECKING:
    from annotations.importers.foreign import Foreign


@dataclass(frozen=True, slots=True)
class RecordError:
    """One thing wrong with one record: on which line, in which field, what was expected, what was found."""

    line: int
    field: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field or 'record'}: expected {self.expected}, found {self.found}"

    @classmethod
    def of(cls, line: int, error: FieldError) -> RecordError:
        return cls(line, error.field, error.expected, error.found)


@dataclass(frozen=True, slots=True)
class Note:
    """Something of a record that did not come in as it was, so that it is counted and told with the reason."""

    kind: Literal["changed", "dropped"]
    what: str  # such as "cancelled annotation"; few different ones, since each is counted


@dataclass(frozen=True, slots=True)
class Located:
    """A record and the line on which it stood, from 1. `end` is the number of bytes read up to here."""

    line: int
    end: int
    record: Problem
    notes: tuple[Note, ...] = ()


Outcome = Located | RecordError


@dataclass(frozen=True, slots=True)
class Source:
    """What is read: the file, open for bytes. A critic's output, with its name, belongs to formats that say so.

    `beside`: where images that are named by path lie, if anywhere. `mapping`: for formats that ask for one. `people`:
    the names here of the people that the file knows by other names.
    """

    file: BinaryIO
    critic_output: BinaryIO | None = None
    critic: str = ""
    beside: Beside | None = None
    mapping: Any = None  # mapping.Mapping
    people: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFormat:
    """`takes_critic_output`: a second file may come with it, one line of a critic's output for each line.

    `image_field`: what the format calls its image where errors are told; "" is `images.0` and so on.
    `foreign`: of a format that needs a mapping, its records before any mapping; `read` then asks for `Source.mapping`.
    """

    name: str
    title: str
    help: str
    suffixes: tuple[str, ...]
    read: Callable[[Source], Iterator[Outcome]]
    takes_critic_output: bool = False
    image_field: str = ""
    foreign: Callable[[Source], Iterator[Foreign]] | None = None

    @property
    def needs_mapping(self) -> bool:
        return self.foreign is not None


@cache
def formats() -> dict[str, ImportFormat]:
    """Every format in this folder, by name: a module with a `FORMAT` is one."""
    found = [module.FORMAT for module in modules_of("annotations.importers") if hasattr(module, "FORMAT")]
    return {format.name: format for format in sorted(found, key=lambda format: format.name)}
