"""Native JSONL, lossless: one line a problem with its responses, critiques and references (docs/formats.md).

The schema's own dataclasses parse it, strictly: no field is guessed, converted or dropped.
"""

from __future__ import annotations

from collections.abc import Iterator

from annotations.core.codec import FieldError, parse_json
from annotations.core.schema import Problem
from annotations.importers.base import ImportFormat, Located, Outcome, RecordError, Source
from annotations.importers.lines import bounded, lines, unstorable


def read(source: Source) -> Iterator[Outcome]:
    for line in lines(source.file):
        try:
            content = bounded(line)
            record = parse_json(Problem, content)
        except FieldError as error:
            yield RecordError.of(line.number, error)
            continue
        errors = unstorable(content, record)
        yield from (RecordError.of(line.number, error) for error in errors)
        if not errors:
            yield Located(line.number, line.end, record)


FORMAT = ImportFormat(
    name="native",
    title="Second Look native",
    help="JSONL, one line a problem, with responses, critiques and references inside. Lossless.",
    suffixes=(".jsonl",),
    read=read,
)
