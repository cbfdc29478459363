"""Argilla: records as its `to_json` writes them, nested or flattened.

Source: argilla 2.8.0, records/_io. Nested: fields, metadata, suggestions and responses by question. Flat: one object
with `question.responses`, `.responses.users`, `.responses.status`, `question.suggestion`, `.score`, `.agent`; there a
response may be a draft or discarded, which stays out and is counted. A suggestion is a critique by its agent. The
status of a nested response is not told; all of them are taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotations.core.codec import FieldError
from annotations.importers import fields
from annotations.importers.base import ImportFormat, Note, Source
from annotations.importers.foreign import Annotation, Foreign, ForeignRecord, Said, refused
from annotations.importers.json_records import json_records
from annotations.importers.mapped import read_mapped, str_of

TOOL = "argilla"
_FLAT_OWN = ("id", "status", "_server_id")
_PARTS = (
    ".responses",
    ".responses.users",
    ".responses.status",
    ".suggestion",
    ".suggestion.score",
    ".suggestion.agent",
)
_NO_AGENT = "suggestion"


def foreign(source: Source) -> Iterator[Foreign]:
    for found in json_records(source.file):
        if found.record is None:
            yield refused(found.number, found.error)
            continue
        try:
            read = _nested if isinstance(found.record.get("fields"), dict) else _flat
            yield read(found.record, found.number, found.end)
        except FieldError as error:
            yield refused(found.number, error)


class _People:
    """What each person, and each agent, said; in the order in which they come up."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.said: dict[tuple[str, str], list[Said]] = {}  # by kind and name
        self.scores: dict[str, float] = {}

    def add(self, kind: str, name: str, question: str, value: Any, path: str) -> None:
        self.said.setdefault((kind, name), []).extend(_said(question, value, path))

    def annotations(self) -> tuple[Annotation, ...]:
        return tuple(
            Annotation(
                key=f"{self.key}#{name}",
                person=name if kind == "person" else "",
                critic=name if kind == "critic" else "",
                said=tuple(said),
                confidence=self.scores.get(name) if kind == "critic" else None,
                extra={"said": [{"question": each.control, "values": list(each.values)} for each in said]},
            )
            for (kind, name), said in self.said.items()
        )


def _nested(record: dict[str, Any], number: int, end: int) -> ForeignRecord:
    key = _key(record)
    people = _People(key)
    for question, suggestion in fields.mapping(record.get("suggestions") or {}, "suggestions").items():
        path = f"suggestions.{question}"
        told = fields.mapping(suggestion, path)
        _suggest(people, question, told.get("value"), score=told.get("score"), agent=told.get("agent"))
    for question, responses in fields.mapping(record.get("responses") or {}, "responses").items():
        for index, response in enumerate(fields.listed(responses, f"responses.{question}")):
            path = f"responses.{question}.{index}"
            told = fields.mapping(response, path)
            people.add("person", str_of(told.get("user_id")), question, told.get("value"), path)
    columns = {**fields.mapping(record.get("metadata") or {}, "metadata"), **record["fields"]}
    return ForeignRecord(
        number=number, end=end, key=key, fields=columns, annotations=people.annotations(), record=record
    )  # fmt: skip


def _flat(record: dict[str, Any], number: int, end: int) -> ForeignRecord:
    key = _key(record)
    people, notes = _People(key), []
    questions = [name.removesuffix(".responses") for name in record if name.endswith(".responses")]
    questions += [name.removesuffix(".suggestion") for name in record if name.endswith(".suggestion")]
    for question in dict.fromkeys(questions):
        if (value := record.get(f"{question}.suggestion")) is not None:
            agent = record.get(f"{question}.suggestion.agent")
            _suggest(people, question, value, score=record.get(f"{question}.suggestion.score"), agent=agent)
        responses = fields.listed(record.get(f"{question}.responses") or [], f"{question}.responses")
        users = fields.listed(record.get(f"{question}.responses.users") or [], f"{question}.responses.users")
        states = fields.listed(record.get(f"{question}.responses.status") or [], f"{question}.responses.status")
        if len(users) != len(responses):
            raise FieldError(
                f"{question}.responses.users", f"one of each of the {len(responses)} responses", f"{len(users)}"
            )
        for index, (value, user) in enumerate(zip(responses, users, strict=True)):
            state = fields.as_text(states[index]) if index < len(states) else "submitted"
            if state == "submitted":
                people.add("person", str_of(user), question, value, f"{question}.responses.{index}")
            else:
                notes.append(Note("dropped", f"{'draft' if state == 'draft' else 'discarded'} response"))
    parts = {f"{question}{part}" for question in questions for part in _PARTS}
    columns = {name: value for name, value in record.items() if name not in parts and name not in _FLAT_OWN}
    columns = {name: value for name, value in columns.items() if not name.startswith("vectors.")}
    return ForeignRecord(
        number=number,
        end=end,
        key=key,
        fields=columns,
        annotations=people.annotations(),
        notes=tuple(notes),
        record=record,
    )


def _key(record: dict[str, Any]) -> str:
    id = record.get("id") or record.get("_server_id")
    if id is None:
        raise FieldError("id", "the record's id", "none")
    return f"{TOOL}/{str_of(id)}"


def _suggest(people: _People, question: str, value: Any, *, score: Any, agent: Any) -> None:
    name = fields.as_text(agent) or _NO_AGENT
    people.add("critic", name, question, value, f"{question}.suggestion")
    if isinstance(score, int | float) and 0 <= score <= 1:
        people.scores[name] = float(score)


def _said(question: str, value: Any, path: str) -> Iterator[Said]:
    """By the value's form: a span question has objects with start and end, a ranking objects with value and rank."""
    if value is None:
        return
    if type(value) in (int, float):
        yield Said(control=question, kind="number", number=float(value), values=(str_of(value),))
    elif not isinstance(value, list):
        yield Said(control=question, kind="labels", values=(str_of(value),))
    elif all(isinstance(item, dict) and "start" in item for item in value) and value:
        for index, item in enumerate(value):
            start, end = item.get("start"), item.get("end")
            if type(start) is not int or type(end) is not int:
                raise FieldError(f"{path}.{index}", "whole numbers as start and end", repr(item)[:80])
            yield Said(
                control=question,
                kind="labels",
                values=(str_of(item.get("label")),),
                group=f"{question} {index}",
                start=start,
                end=end,
            )
    elif all(isinstance(item, dict) for item in value):
        ranked = sorted(value, key=lambda item: item.get("rank") or 0)
        yield Said(control=question, kind="labels", values=tuple(str_of(item.get("value")) for item in ranked))
    else:
        yield Said(control=question, kind="labels", values=tuple(map(str_of, value)))


FORMAT = ImportFormat(
    name=TOOL,
    title="Argilla",
    help="Records as JSON, nested or flat: responses of each person and suggestions of each agent, by a mapping.",
    suffixes=(".json", ".jsonl"),
    read=read_mapped(TOOL, foreign),
    foreign=foreign,
)
