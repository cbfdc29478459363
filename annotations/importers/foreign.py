"""What a record of another tool or a table says, before anybody decided what it means here.

A reader (`label_studio.py`, `argilla.py`, `doccano.py`, `table.py`) turns its own format into these; a mapping
(`mapping.py`) says what becomes of each field and each control; `mapped.py` makes the problem.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from annotations.core.codec import FieldError
from annotations.core.schema import Point, ReferenceKind
from annotations.importers.base import Note, RecordError

SaidKind = Literal["labels", "text", "number", "mark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that one author said, with one control, perhaps of one place.

    `group`: what is said of one region or one step shares it. `start` and `end` are code points of the text of `field`
    (or, where `quoted` alone is given, wherever that text stands once). `points` are fractions of the image, a box by
    two corners, a polygon by three or more.
    """

    control: str
    kind: SaidKind
    values: tuple[str, ...] = ()
    number: float | None = None
    group: str = ""
    field: str = ""
    start: int | None = None
    end: int | None = None
    quoted: str | None = None
    points: tuple[Point, ...] = ()
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """All that one author said of one record. `relations` are pairs of groups. `extra` is the annotation as it came."""

    key: str
    person: str = ""  # whom the file names, by whatever it names people
    critic: str = ""  # a model's name; then `person` is empty
    said: tuple[Said, ...] = ()
    relations: tuple[tuple[str, str], ...] = ()
    comment: str = ""
    confidence: float | None = None
    seconds: float | None = None
    submitted_at: Any = None
    reference: ReferenceKind | None = None
    extra: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRecord:
    """One record. `fields` are its columns as plain JSON values; `kept` is what else stays with the problem."""

    number: int
    end: int
    key: str
    fields: dict[str, Any]
    annotations: tuple[Annotation, ...] = ()
    kept: dict[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    record: dict[str, Any] = field(default_factory=dict)  # as it came, to be shown


Foreign = ForeignRecord | RecordError


def refused(number: int, error: FieldError | None) -> RecordError:
    return RecordError.of(number, error or FieldError("", "a JSON object", "none"))
