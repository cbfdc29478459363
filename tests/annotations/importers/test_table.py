"""Tables of any kind: CSV, TSV, JSON, Parquet, alone and in a zip; constructed, but for VISCO's fields."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from annotations.core.steps import step_texts
from annotations.core.taxonomy import DEFAULT_TAXONOMY
from annotations.importers.base import Located, RecordError, Source, formats
from annotations.importers.mapping import Mapping, parse_mapping
from annotations.importers.proposal import propose, survey
from tests.annotations.importers.builders import a_folder, mapped, mapped_record
from tests.builders import png

MAPPING: dict[str, Any] = {
    "columns": {
        "q": "question",
        "cot": "chain",
        "a": "answer",
        "gt": "reference_answer",
        "img": "image",
        "m": "generator",
    }
}
CSV = 'q,cot,a,gt,note\r\n"How many, all?","One.\n\nTwo.",2,3,x\r\nWhy?,So.,,4,\r\n'


def proposal(content: bytes) -> Mapping:
    found = survey(formats()["table"].foreign(Source(io.BytesIO(content))))  # type: ignore[misc]
    return propose(found, DEFAULT_TAXONOMY, is_table=True)


def located(outcomes: list[Any]) -> list[Located]:
    assert not [str(each) for each in outcomes if isinstance(each, RecordError)]
    return outcomes


@pytest.mark.parametrize("encode", [str.encode, lambda text: b"\xef\xbb\xbf" + text.encode()])
def test_a_csv_with_quotes_line_breaks_and_a_mark_of_byte_order(encode: Any) -> None:
    first, second = located(mapped("table", encode(CSV), MAPPING))
    response = first.record.responses[0]
    assert (first.line, second.line) == (2, 5)
    assert first.record.question == "How many, all?"
    assert step_texts(response.source_text, response.steps or ()) == ("One.", "Two.")
    assert (response.answer, first.record.reference_answer, response.extra) == ("2", "3", {"table": {"note": "x"}})
    assert second.record.responses[0].answer is None


def test_a_tsv_and_a_semicolon_are_told_by_the_first_line() -> None:
    for delimiter in "\t;|":
        (found,) = located(mapped("table", f"q{delimiter}cot\nWhy?{delimiter}So, it is.\n".encode(), MAPPING))
        assert found.record.responses[0].source_text == "So, it is."


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"q,cot\nWhy?\nHow?,So.\n", 2),  # a cell too few: the rest is read
        (b'q,cot\n"Why?,So.\n', 2),  # a quote that never ends
        (b"q,q\na,b\n", 1),
        (b"q,cot\n\xff,b\n", 1),
    ],
)
def test_a_broken_table_names_the_line(content: bytes, line: int) -> None:
    errors = [each for each in mapped("table", content, MAPPING) if isinstance(each, RecordError)]
    assert [error.line for error in errors] == [line]


def test_rows_of_one_question_are_responses_of_one_problem() -> None:
    rows = [{"q": "Why?", "cot": "So.", "m": "a"}, {"q": "Why?", "cot": "No.", "m": "b"}]
    first, second = located(mapped("table", json.dumps(rows).encode(), MAPPING))
    assert first.record.key == second.record.key
    assert first.record.responses[0].key != second.record.responses[0].key


@pytest.mark.parametrize(
    ("splitter", "steps"),
    [("lines/1", 3), ("paragraphs/1", 2), ("sentences/1", 4), ("whole/1", 1), ("second-look/1", 2)],
)
def test_the_splitter_is_chosen_and_kept(splitter: str, steps: int) -> None:
    row = {"q": "Why?", "cot": "One. Two.\nThree.\n\nFour."}
    response = mapped_record("table", row, {**MAPPING, "splitter": splitter}).record.responses[0]
    assert (len(response.steps or ()), response.segmentation) == (steps, splitter)
    assert all(text.strip() == text != "" for text in step_texts(response.source_text, response.steps or ()))


def test_steps_and_labels_in_lists_or_as_their_text() -> None:
    mapping = {
        "columns": {"steps": "steps", "labels": "step_verdicts", "why": "step_explanations", "ok": "answer_verdict"},
        "values": {"labels=1": "correct", "labels=0": "neutral", "labels=-1": "incorrect", "false": "incorrect"},
    }
    for labels in ([1, 0, None, -1], "[1, 0, null, -1]"):
        row = {"steps": ["a", "b", "c", "d"], "labels": labels, "why": ["", "", "", "No."], "ok": False}
        (critique,) = mapped_record("table", row, mapping).record.responses[0].critiques
        assert [each.verdict or each.state for each in critique.judgments] == [
            "correct", "neutral", "unlabelled", "incorrect",
        ]  # fmt: skip
        assert critique.judgments[3].findings[0].explanations == ("No.",)
        assert critique.answer.verdict == "incorrect"
    (error,) = mapped("table", json.dumps([{"steps": ["a", "b"], "labels": [1]}]).encode(), mapping)
    assert isinstance(error, RecordError)
    assert error.field == "labels"


def test_images_as_bytes_data_urls_paths_and_addresses() -> None:
    text = base64.b64encode(png()).decode()
    for value in ({"bytes": text}, f"data:image/png;base64,{text}", [{"bytes": text, "path": None}]):
        assert mapped_record("table", {"q": "Why?", "img": value}, MAPPING).record.images[0].base64 == text
    beside = a_folder(bars=png())
    row = {"q": "Why?", "img": ["bars.png", "https://example.org/1.png"]}
    found = mapped_record("table", row, MAPPING, beside=beside)
    assert [image.path for image in found.record.images] == ["bars.png"]
    assert [note.what for note in found.notes] == ["image by address: the server fetches nothing"]


def test_parquet_with_images_inside() -> None:
    out = io.BytesIO()
    rows = [{"q": "Why?", "cot": "So.", "img": {"bytes": png(), "path": "a.png"}}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), out)
    (found,) = located(mapped("table", out.getvalue(), MAPPING))
    assert found.record.images[0].base64
    assert not found.notes


def test_a_mapping_is_proposed_by_names_and_values() -> None:
    row = {"id": "a", "question": "q", "steps": ["x", "y"], "labels": [1, -1], "prediction": "4", "ground_truth": "3",
           "image": "a.png", "model": "m", "is_correct": False, "weight": 2}  # fmt: skip
    mapping = proposal(json.dumps([row]).encode())
    assert mapping.columns == {
        "id": "key", "question": "question", "steps": "steps", "labels": "step_verdicts", "prediction": "answer",
        "ground_truth": "reference_answer", "image": "image", "model": "generator", "is_correct": "answer_verdict",
        "weight": "extra",
    }  # fmt: skip
    assert mapping.values == {"labels=1": "correct", "labels=-1": "incorrect", "is_correct=false": "incorrect"}
    binary = proposal(json.dumps([{**row, "labels": [1, 0]}]).encode())
    assert binary.values["labels=0"] == "incorrect"  # without a -1 there are only two


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"columns": {"a": "question", "b": "question"}}, "columns.b"),
        ({"columns": {}}, "columns"),
        ({"columns": {"a": "verse"}}, "columns.a"),
        ({"columns": {"a": "chain", "b": "steps"}}, "columns"),
        ({"controls": {"c": "step_verdict:x"}}, "controls.c"),
        ({"controls": {"c": "poem"}}, "controls.c"),
        ({"splitter": "words"}, "splitter"),
        ({"scales": {"c": [5, 1]}}, "scales.c"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_mapping_that_means_nothing_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_mapping({"columns": {"q": "question"}, **change})
    assert refused.value.field == field  # type: ignore[attr-defined]
