"""doccano's traps (FORMATS.md) on its own export examples; what they lack is constructed here."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from annotations.core.schema import Problem, Region, Span
from annotations.importers.base import Located, RecordError
from annotations.importers.trailing_commas import without_trailing_commas
from tests.annotations.importers.builders import a_folder, mapped, mapped_record
from tests.builders import png
from tests.samples import sample

MAPPING: dict[str, Any] = {
    "columns": {"text": "chain", "filename": "image"},
    "controls": {"label": "error_type", "entities": "error_type"},
    "values": {"ORG": "knowledge", "MISC": "-", "PERSON": "knowledge", "DATE": "-"},
}


def read(name: str, **mapping: Any) -> list[Located]:
    found = mapped("doccano", sample(f"formats_doccano/{name}__example.jsonl").read_bytes(), {**MAPPING, **mapping},
                   beside=a_folder(cat=png(100, 200), dog=png(9, 9), pig=png(8, 9)))  # fmt: skip
    assert not [str(outcome) for outcome in found if isinstance(outcome, RecordError)]
    return found  # type: ignore[return-value]


def critique(problem: Problem) -> Any:
    return problem.responses[0].critiques[0]


def test_sequence_labels_are_spans() -> None:
    found = read("sequence_labeling")
    assert len(found) == 3
    (finding,) = critique(found[0].record).judgments[0].findings
    assert (finding.error_type, finding.marks) == ("knowledge", (Span(start=0, end=2),))


def test_entities_and_relations_of_a_pretty_printed_file() -> None:
    (found,) = read("relation_extraction")
    said = critique(found.record)
    assert [finding.marks[0].start for finding in said.judgments[0].findings] == [0, 44, 59]
    assert len(said.extra["doccano"]["relations"]) == 3


def test_classes_are_verdicts_and_target_texts_corrections_by_the_mapping() -> None:
    values = {"positive": "correct", "negative": "incorrect"}
    found = read("text_classification", controls={"label": "answer_verdict"}, values=values)
    assert [critique(each.record).answer.verdict for each in found] == ["incorrect", "correct", "correct"]
    target = read("sequence_to_sequence", controls={"label": "correction"})[0].record
    assert target.responses[1].source_text == "こんにちは！"
    assert (target.responses[1].revises, target.responses[1].guided_by) == (
        target.responses[0].key,
        critique(target).key,
    )


@pytest.mark.parametrize("name", ["bounding_box", "segmentation"])
def test_its_own_examples_with_commas_that_json_does_not_know_are_read(name: str) -> None:
    (found,) = read(name)
    assert found.record.images[0].path == "cat.png"
    assert [note.what for note in found.notes] == ["annotation of a record without a chain"]
    assert found.record.extra["doccano"]["annotations"]


def test_images_with_classes_are_problems() -> None:
    assert [each.record.images[0].path for each in read("image_classification")] == ["cat.png", "dog.png", "pig.png"]


def test_boxes_are_pixels_of_the_upright_image() -> None:
    box = {"x": 10, "y": 20, "width": 50, "height": 100, "label": "ORG"}
    outline = {"points": [0, 0, 50, 0, 50, 100], "label": "ORG"}
    record = {"text": "One step.", "filename": "cat.png", "bbox": [box], "segmentation": [outline]}
    controls = {"bbox": "error_type", "segmentation": "error_type"}
    found = mapped_record("doccano", record, {**MAPPING, "controls": controls}, beside=a_folder(cat=png(100, 200)))
    marks = [mark for finding in critique(found.record).judgments[0].findings for mark in finding.marks]
    assert marks[0] == Region(points=((0.1, 0.1), (0.6, 0.6)))
    assert marks[1] == Region(shape="polygon", points=((0.0, 0.0), (0.5, 0.0), (0.5, 0.5)))
    without = mapped_record("doccano", record, {**MAPPING, "controls": controls})
    assert "box in pixels without its image: kept with the critique" in [note.what for note in without.notes]


def test_comments_and_the_author_of_a_file_of_one_person() -> None:
    record = {"id": 5, "text": "One.", "label": ["ORG"], "Comments": ["See the chart.", "Twice."], "source": "s"}
    said = critique(mapped_record("doccano", record, {**MAPPING, "default_author": "ada"}).record)
    assert (said.comment, said.author.name) == ("See the chart.\nTwice.", "ada")


def test_files_of_two_people_meet_in_one_problem() -> None:
    record = {"text": "One.", "label": ["ORG"]}
    ada, bob = (mapped_record("doccano", record, {**MAPPING, "default_author": name}).record for name in ("ada", "bob"))
    assert ada.key == bob.key
    assert critique(ada).key != critique(bob).key


def test_a_comma_in_a_text_stays() -> None:
    content = b'{"text": "a,}", "label": [1,],}'
    read = without_trailing_commas(io.BytesIO(content)).read()
    assert json.loads(read) == {"text": "a,}", "label": [1]}
    assert len(read) == len(content)
