"""Argilla's traps (FORMATS.md), on samples constructed from its code and on records made here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotations.core.schema import Span
from annotations.importers.base import Located, RecordError
from tests.annotations.importers.builders import mapped, mapped_record
from tests.samples import sample

MAPPING = {
    "columns": {"question": "question", "step": "chain"},
    "controls": {"label": "answer_verdict", "why": "comment", "spans": "error_type"},
    "values": {"correct": "correct", "incorrect": "incorrect", "Logic": "reasoning/logic"},
}


def test_nested_responses_are_put_together_by_person_and_suggestions_by_agent() -> None:
    (found,) = mapped("argilla", sample("formats/argilla_nested.json").read_bytes(), MAPPING)
    assert isinstance(found, Located)
    told = [
        (each.author.kind, each.author.name, each.answer.verdict, each.comment, each.confidence)
        for each in found.record.responses[0].critiques
    ]
    assert told == [
        ("critic", "critic-1", "incorrect", "", 0.9),
        ("person", "argilla: u1", "incorrect", "...", None),
    ]
    assert found.record.question == "q"


def test_flat_responses_say_who_and_in_which_state() -> None:
    (found,) = mapped("argilla", sample("formats/argilla_flat.json").read_bytes(), MAPPING)
    assert isinstance(found, Located)
    told = {each.author.name: each.answer.verdict for each in found.record.responses[0].critiques}
    assert told == {"critic-1": "incorrect", "argilla: u1": "incorrect", "argilla: u2": "correct"}


def flat(**more: Any) -> dict[str, Any]:
    return {"id": "r", "question": "q", "step": "It is so.", **more}


def test_drafts_and_discarded_responses_stay_out_and_are_counted() -> None:
    record = flat(**{
        "label.responses": ["correct", "incorrect", "correct"],
        "label.responses.users": ["u1", "u2", "u3"],
        "label.responses.status": ["submitted", "draft", "discarded"],
    })  # fmt: skip
    found = mapped_record("argilla", record, MAPPING)
    assert len(found.record.responses[0].critiques) == 1
    assert [note.what for note in found.notes] == ["draft response", "discarded response"]


def test_spans_are_marks_and_a_ranking_is_in_its_order() -> None:
    spans = {"value": [{"start": 3, "end": 5, "label": "Logic"}], "user_id": "u1"}
    ranking = {"value": [{"value": "b", "rank": 2}, {"value": "a", "rank": 1}], "user_id": "u1"}
    record = {
        "id": "r",
        "fields": {"question": "q", "step": "It is so."},
        "responses": {"spans": [spans], "rank": [ranking]},
    }
    critique = mapped_record("argilla", record, MAPPING).record.responses[0].critiques[0]
    assert critique.judgments[0].findings[0].marks == (Span(start=3, end=5),)
    assert critique.extra["argilla"]["said"][1]["values"] == ["a", "b"]


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"fields": {}}, "id"),
        (flat(**{"label.responses": ["correct"], "label.responses.users": []}), "label.responses.users"),
        ({"id": "r", "fields": {"step": "x"}, "responses": {"spans": [{"value": [{"start": "0", "end": 1}]}]}},
         "responses.spans.0.0"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_by_field(record: dict[str, Any], field: str) -> None:
    (error,) = mapped("argilla", json.dumps([record]).encode(), MAPPING)
    assert isinstance(error, RecordError)
    assert error.field == field
