"""Label Studio: its JSON export (tasks with annotations and predictions) and JSON-MIN (one flat row an annotation).

Source: Label Studio's documentation of its formats and label-studio-sdk 2.1.2. Parts of one region share an `id`; text
offsets may count UTF-16 units, and hypertext and paragraphs count otherwise, so offsets are held against the quoted
text. Boxes are percent of the original image. Cancelled (skipped) annotations and drafts stay out and are counted; an
annotation that nobody can place stays whole under its critique's `extra`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Point
from annotations.importers import fields, regions
from annotations.importers.base import ImportFormat, Note, Source
from annotations.importers.foreign import Annotation, Foreign, ForeignRecord, Said, refused
from annotations.importers.json_records import json_records
from annotations.importers.mapped import read_mapped, str_of

TOOL = "label_studio"
_OWN_FIELDS = ("id", "annotation_id", "annotator", "created_at", "updated_at", "lead_time", "project")
# What changes with every export of the same task, and is told of no problem.
_TASK_FIELDS = ("id", "project", "meta", "inner_id")
_LABELS = ("labels", "hypertextlabels", "paragraphlabels", "rectanglelabels", "polygonlabels", "ellipselabels")
_TEXT_REGIONS = ("labels", "hypertextlabels", "paragraphlabels")


def foreign(source: Source) -> Iterator[Foreign]:
    for found in json_records(source.file):
        if found.record is None:
            yield refused(found.number, found.error)
            continue
        try:
            read = _task if isinstance(found.record.get("data"), dict) else _flat
            yield read(found.record, found.number, found.end)
        except FieldError as error:
            yield refused(found.number, error)


def _task(record: dict[str, Any], number: int, end: int) -> ForeignRecord:
    notes: list[Note] = []
    annotations = []
    for index, each in enumerate(
        fields.listed(record.get("annotations") or record.get("completions") or [], "annotations")
    ):
        path = f"annotations.{index}"
        annotation = fields.mapping(each, path)
        if annotation.get("was_cancelled"):
            notes.append(Note("dropped", "cancelled annotation"))
        else:
            annotations.append(_annotation(annotation, path, notes))
    for index, each in enumerate(fields.listed(record.get("predictions") or [], "predictions")):
        path = f"predictions.{index}"
        if not isinstance(each, dict):
            notes.append(Note("dropped", "prediction by its number alone"))
            continue
        prediction = _annotation(each, path, notes, is_prediction=True)
        if prediction.said:
            annotations.append(prediction)
        else:
            notes.append(Note("dropped", "prediction that says nothing"))
    notes += [Note("dropped", "draft")] * len(record.get("drafts") or [])
    if "id" not in record and "inner_id" not in record:
        raise FieldError("id", "the task's number", "none")
    return ForeignRecord(
        number=number,
        end=end,
        key=f"{TOOL}/{str_of(record['project']) + '/' if record.get('project') else ''}{str_of(record.get('id'))}",
        fields=record["data"],
        annotations=tuple(annotations),
        kept={name: record[name] for name in _TASK_FIELDS if record.get(name)},
        notes=tuple(notes),
        record=record,
    )


def _annotation(annotation: dict[str, Any], path: str, notes: list[Note], *, is_prediction: bool = False) -> Annotation:
    said: list[Said] = []
    relations = []
    for index, each in enumerate(fields.listed(annotation.get("result") or [], f"{path}.result")):
        place = f"{path}.result.{index}"
        result = fields.mapping(each, place)
        if result.get("type") == "relation":
            relations.append((str_of(result.get("from_id")), str_of(result.get("to_id"))))
        else:
            said += _said(result, place, notes)
    key = f"{TOOL}/{'prediction' if is_prediction else 'annotation'}/{str_of(annotation.get('id'))}"
    score = annotation.get("score")
    return Annotation(
        key=key if annotation.get("id") is not None else "",
        person="" if is_prediction else _person(annotation.get("completed_by")),
        critic=fields.as_text(annotation.get("model_version")) or "model" if is_prediction else "",
        said=tuple(said),
        relations=tuple(relations),
        confidence=float(score) if isinstance(score, int | float) and 0 <= score <= 1 else None,
        seconds=_seconds(annotation.get("lead_time")),
        submitted_at=moment(annotation.get("created_at")),
        reference="gold" if annotation.get("ground_truth") and not is_prediction else None,
        extra=annotation,
    )


def _person(value: Any) -> str:
    """By e-mail where the export tells it, else by number."""
    if isinstance(value, Mapping):
        return fields.as_text(value.get("email")) or str_of(value.get("id"))
    return "" if value is None else str_of(value)


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and value >= 0 else None


def moment(value: Any) -> datetime | None:
    """A time with its offset; None for every other (it stays in the record as it came)."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _said(result: dict[str, Any], path: str, notes: list[Note]) -> Iterator[Said]:
    """One part of a region, or one answer about the whole task."""
    kind = fields.as_text(result.get("type")) or ""
    value = fields.mapping(result.get("value") or {}, f"{path}.value")
    common: dict[str, Any] = {
        "control": fields.as_text(result.get("from_name")) or kind,
        "group": fields.as_text(result.get("id")) or "",
        "field": fields.as_text(result.get("to_name")) or "",
        **_text_place(value),
    }
    points, note = _points(kind, value, result)
    if note:
        notes.append(note)
    if points:
        common["points"] = points
    values = _values(kind, value)
    number = value.get(kind) if kind in ("rating", "number") else None
    if isinstance(number, int | float):
        yield Said(kind="number", number=float(number), values=(str_of(number),), **common)
    elif kind == "textarea":
        yield Said(kind="text", values=values, **common)
    elif values or points or common.get("start") is not None:
        yield Said(kind="labels" if values else "mark", values=values, **common)
    elif not note:
        notes.append(Note("changed", f"answer of the kind {kind or 'without a type'}: kept with the critique"))


def _values(kind: str, value: dict[str, Any]) -> tuple[str, ...]:
    """Choices, labels, texts; of a taxonomy each path joined by slashes."""
    held = value.get("text") if kind == "textarea" else value.get(kind)
    if held is None and kind != "textarea":
        held = next((value[name] for name in (*_LABELS, "choices", "taxonomy", "selected") if name in value), None)
    if held is None:
        return ()
    items = held if isinstance(held, list) else [held]
    return tuple("/".join(map(str_of, item)) if isinstance(item, list) else str_of(item) for item in items)


def _text_place(value: dict[str, Any]) -> dict[str, Any]:
    """Offsets of plain text; of hypertext the global ones, of paragraphs the place within one."""
    quoted = value.get("text") if isinstance(value.get("text"), str) else None
    whole = value.get("globalOffsets")
    if isinstance(whole, Mapping):
        return {"start": whole.get("start"), "end": whole.get("end"), "quoted": quoted}
    start, end = value.get("start"), value.get("end")
    if isinstance(start, str) and start.isdecimal() and start == end and "startOffset" in value:
        return {"step": int(start) + 1, "start": value["startOffset"], "end": value.get("endOffset"), "quoted": quoted}
    if type(start) is int and type(end) is int:
        return {"start": start, "end": end, "quoted": quoted}
    return {"quoted": quoted} if quoted and "start" in value else {}


def _points(kind: str, value: dict[str, Any], result: dict[str, Any]) -> tuple[tuple[Point, ...], Note | None]:
    if not {"x", "y", "points", "rle"} & set(value):
        return (), None
    if result.get("image_rotation"):
        return (), Note("changed", "region on an image that was turned while marking: kept with the critique")
    wide, high = result.get("original_width") or 1, result.get("original_height") or 1
    aspect = wide / high
    degrees = value.get("rotation") or 0

    def percent(name: str) -> float:
        number = value.get(name)
        if not isinstance(number, int | float):
            raise FieldError(f"value.{name}", "a number, in percent", repr(number)[:80])
        return number / 100

    if "points" in value:
        points = regions.polygon([(x / 100, y / 100) for x, y in value["points"]])
    elif "radiusX" in value:
        points = regions.ellipse(
            percent("x"), percent("y"), percent("radiusX"), percent("radiusY"), degrees=degrees, aspect=aspect
        )
        return points, Note("changed", "ellipse: a polygon of 24 points")
    elif "width" in value and "height" in value:
        points = regions.turned_box(
            percent("x"), percent("y"), percent("width"), percent("height"), degrees=degrees, aspect=aspect
        )
        if degrees % 360:
            return points, Note("changed", "turned box: a polygon")
    else:
        return (), Note("changed", f"region of the kind {kind}: kept with the critique")
    return points, None if points else Note("changed", "region without an area: kept with the critique")


def _flat(record: dict[str, Any], number: int, end: int) -> ForeignRecord:
    """JSON-MIN: columns of the task and answers by from_name side by side, one row an annotation."""
    if "annotation_id" not in record and "annotator" not in record:
        raise FieldError(
            "data", "a task of Label Studio's JSON or JSON-MIN export", ", ".join(record)[:80] or "nothing"
        )
    notes: list[Note] = []
    said: list[Said] = []
    for name, value in record.items():
        if name not in _OWN_FIELDS:
            said += _flat_said(name, value, notes)
    annotation = Annotation(
        key=f"{TOOL}/annotation/{str_of(record['annotation_id'])}" if record.get("annotation_id") is not None else "",
        person=_person(record.get("annotator")),
        said=tuple(said),
        seconds=_seconds(record.get("lead_time")),
        submitted_at=moment(record.get("created_at")),
        extra=record,
    )
    columns = {name: value for name, value in record.items() if name not in _OWN_FIELDS and _is_column(value)}
    return ForeignRecord(
        number=number,
        end=end,
        key=f"{TOOL}/{str_of(record.get('id'))}",
        fields=columns,
        annotations=(annotation,),
        notes=tuple(notes),
        record=record,
    )


def _is_column(value: Any) -> bool:
    return not (isinstance(value, list) and value and isinstance(value[0], dict))


def _flat_said(name: str, value: Any, notes: list[Note]) -> Iterator[Said]:
    if not _is_column(value):
        for index, each in enumerate(value):
            kind = next((label for label in _LABELS if label in each), "labels")
            result = {"type": kind, "from_name": name, "id": f"{name} {index}", "value": each, **each}
            yield from _said(result, name, notes)
    elif isinstance(value, dict) and isinstance(value.get("choices"), list):
        yield Said(control=name, kind="labels", values=tuple(map(str_of, value["choices"])))
    elif type(value) in (int, float):
        yield Said(control=name, kind="number", number=float(value), values=(str_of(value),))
    elif isinstance(value, str):
        yield Said(control=name, kind="labels", values=(value,))


FORMAT = ImportFormat(
    name=TOOL,
    title="Label Studio",
    help="JSON or JSON-MIN: spans, boxes, relations, choices and texts, people and predictions, by a mapping.",
    suffixes=(".json",),
    read=read_mapped(TOOL, foreign),
    foreign=foreign,
)
