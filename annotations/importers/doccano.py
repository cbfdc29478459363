"""doccano: the JSONL (or JSON) export of each kind of its projects.

Source: doccano's export examples (backend/data_export/pipeline/examples), three of which are pretty-printed, with
commas that JSON does not know; both are read. Offsets of its text count code points; boxes and polygons are pixels, so
the image has to be there, in a zip or folder. Projects in which each person works alone give one file a person: name
whom it is of as the default author. `Comments` become the critique's comment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.images import ImageError, check_image
from annotations.core.schema import Point
from annotations.importers import fields, regions
from annotations.importers.base import ImportFormat, Note, Source
from annotations.importers.foreign import Annotation, Foreign, ForeignRecord, Said, refused
from annotations.importers.json_records import json_records
from annotations.importers.mapped import read_mapped, str_of
from annotations.importers.trailing_commas import without_trailing_commas

TOOL = "doccano"
_ANSWERS = ("label", "labels", "entities", "relations", "bbox", "segmentation", "cats", "Comments", "comments")
_NO_SIZE = Note("changed", "box in pixels without its image: kept with the critique")


def foreign(source: Source) -> Iterator[Foreign]:
    for found in json_records(without_trailing_commas(source.file)):
        if found.record is None:
            yield refused(found.number, found.error)
            continue
        try:
            yield _record(found.record, found.number, found.end, source)
        except FieldError as error:
            yield refused(found.number, error)


def _record(record: dict[str, Any], number: int, end: int, source: Source) -> ForeignRecord:
    columns = {name: value for name, value in record.items() if name not in _ANSWERS and name != "id"}
    if "text" not in columns and "filename" not in columns and "data" not in columns:
        raise FieldError("text", "the text or the filename of an example", ", ".join(record)[:80] or "nothing")
    notes: list[Note] = []
    said = [*_labels(record), *_entities(record), *_regions(record, source, notes)]
    comments = record.get("Comments", record.get("comments")) or []
    comment = "\n".join(fields.texts(comments, "Comments")) if isinstance(comments, list) else str_of(comments)
    # By its content where it has no number: what several people's files say of one example comes together.
    id = record.get("id")
    key = f"{TOOL}/{str_of(id)}" if id is not None else f"{TOOL}/{_hash(columns)}"
    relations = tuple(
        (f"entity {str_of(each.get('from_id'))}", f"entity {str_of(each.get('to_id'))}")
        for each in fields.listed(record.get("relations") or [], "relations")
        if isinstance(each, dict)
    )
    answers = {name: record[name] for name in _ANSWERS if name in record}
    author = source.mapping.default_author if source.mapping else ""
    annotation = Annotation(
        key=f"{key}#{_hash([author, answers])}",
        said=tuple(said),
        relations=relations,
        comment=comment,
        extra=answers,
    )
    return ForeignRecord(
        number=number,
        end=end,
        key=key,
        fields=columns,
        annotations=(annotation,) if answers else (),
        notes=tuple(notes),
        record=record,
    )


def _labels(record: dict[str, Any]) -> Iterator[Said]:
    """Classes, target texts, and spans as [start, end, label]."""
    for name in ("label", "labels", "cats"):
        value = record.get(name)
        if value is None:
            continue
        items = value if isinstance(value, list) else [value]
        for index, item in enumerate(items):
            if isinstance(item, list):
                yield _span(item, f"{name}.{index}", name)
        plain = tuple(str_of(item) for item in items if not isinstance(item, list | dict))
        if plain:
            yield Said(control=name, kind="labels", values=plain)


def _span(item: list[Any], path: str, control: str) -> Said:
    if len(item) != 3 or type(item[0]) is not int or type(item[1]) is not int:
        raise FieldError(path, "[start, end, label]", repr(item)[:80])
    return Said(control=control, kind="labels", values=(str_of(item[2]),), group=path, start=item[0], end=item[1])


def _entities(record: dict[str, Any]) -> Iterator[Said]:
    for index, item in enumerate(fields.listed(record.get("entities") or [], "entities")):
        path = f"entities.{index}"
        if isinstance(item, list):
            yield _span(item, path, "entities")
            continue
        entity = fields.mapping(item, path)
        start, end = entity.get("start_offset"), entity.get("end_offset")
        if type(start) is not int or type(end) is not int:
            raise FieldError(path, "start_offset and end_offset, whole numbers", repr(entity)[:80])
        group = f"entity {str_of(entity.get('id', index))}"
        values = (str_of(entity.get("label")),)
        yield Said(control="entities", kind="labels", values=values, group=group, start=start, end=end)


def _regions(record: dict[str, Any], source: Source, notes: list[Note]) -> Iterator[Said]:
    found = [
        (name, index, item) for name in ("bbox", "segmentation") for index, item in enumerate(record.get(name) or [])
    ]
    if not found:
        return
    size = _size(record, source)
    for name, index, item in found:
        told = fields.mapping(item, f"{name}.{index}")
        if size is None:
            notes.append(_NO_SIZE)
            continue
        points = _points(told, size, f"{name}.{index}")
        if points:
            values = (str_of(told.get("label")),)
            yield Said(control=name, kind="labels", values=values, group=f"{name} {index}", points=points)
        else:
            notes.append(Note("changed", "region without an area: kept with the critique"))


def _points(told: dict[str, Any], size: tuple[int, int], path: str) -> tuple[Point, ...]:
    wide, high = size
    try:
        if "points" in told:
            flat = told["points"]
            return regions.polygon([(x / wide, y / high) for x, y in zip(flat[::2], flat[1::2], strict=True)])
        return regions.box(told["x"] / wide, told["y"] / high, told["width"] / wide, told["height"] / high)
    except (KeyError, TypeError, ValueError) as error:
        raise FieldError(
            path, "x, y, width and height, or an even number of points, in pixels", repr(told)[:80]
        ) from error


def _size(record: dict[str, Any], source: Source) -> tuple[int, int] | None:
    """Pixels of the upright image; None where it is not at hand."""
    name = record.get("filename") or record.get("data")
    if source.beside is None or not isinstance(name, str):
        return None
    try:
        checked = check_image(source.beside.read(name))
    except ImageError as error:
        raise FieldError("filename", error.expected, error.found) from error
    return checked.width, checked.height


def _hash(value: Any) -> str:
    said = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]


FORMAT = ImportFormat(
    name=TOOL,
    title="doccano",
    help="JSONL or JSON of any project kind: classes, spans, relations, target texts, boxes in pixels, by a mapping.",
    suffixes=(".jsonl", ".json"),
    read=read_mapped(TOOL, foreign),
    foreign=foreign,
)
