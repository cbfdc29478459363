"""Label Studio's traps (FORMATS.md): the sample is constructed by its docs and SDK, the other records here are too."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from annotations.core.schema import Critique, Region, Response, Span
from annotations.core.taxonomy import DEFAULT_TAXONOMY
from annotations.importers.base import Located, RecordError, Source, formats
from annotations.importers.label_config import parse_label_config
from annotations.importers.mapping import dump_mapping
from annotations.importers.proposal import propose, survey
from tests.annotations.importers.builders import a_folder, mapped, mapped_record
from tests.builders import png
from tests.samples import sample

CHAIN = "There are 3 bars.\n\nThe last is 4.\n\nSo 3 + 4 = 8."
MAPPING = {
    "columns": {"question": "question", "cot": "chain", "image": "image"},
    "controls": {
        "err": "error_type", "why": "explanation", "ok": "answer_verdict", "box": "error_type",
        "step_2": "step_verdict:2", "sure": "confidence",
    },
    "values": {
        "Logic": "reasoning/logic", "Count": "perception/count", "Note": "-", "yes": "correct", "no": "incorrect",
    },
    "scales": {"sure": [1, 5]},
    "people": {},
}  # fmt: skip


def task(*annotations: dict[str, Any], **more: Any) -> dict[str, Any]:
    data = {"question": "How many?", "cot": CHAIN, "image": "/data/upload/7/bars.png"}
    return {"id": 3, "project": 7, "data": data, "annotations": list(annotations), **more}


def annotation(*result: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 11, "completed_by": 10, "created_at": "2026-01-01T00:05:00Z", "result": list(result), **more}


def part(kind: str, id: str = "r1", name: str = "err", to: str = "cot", **value: Any) -> dict[str, Any]:
    return {"id": id, "from_name": name, "to_name": to, "type": kind, "value": value}


def logic(start: int, end: int, id: str = "r1", **more: Any) -> dict[str, Any]:
    return part("labels", id, labels=["Logic"], start=start, end=end, **more)


def read(record: dict[str, Any], **mapping: Any) -> Located:
    return mapped_record(
        "label_studio", record, {**MAPPING, **mapping}, beside=a_folder(bars=png(100, 50))
    )  # fmt: skip


def first(found: Located) -> Response:
    return found.record.responses[0]


def critique(found: Located, index: int = 0) -> Critique:
    return first(found).critiques[index]


def verdicts(found: Located) -> list[str]:
    return [judgment.verdict or judgment.state for judgment in critique(found).judgments]


def told(found: Located) -> list[str]:
    return [note.what for note in found.notes]


def test_parts_of_one_region_are_one_finding_in_its_step() -> None:
    why = part("textarea", name="why", start=36, end=48, text=["It is 7."])
    found = read(task(annotation(logic(36, 48), why)))
    (finding,) = critique(found).judgments[2].findings
    assert finding.error_type == "reasoning/logic"
    assert finding.explanations == ("It is 7.",)
    assert finding.marks == (Span(start=1, end=13),)
    assert verdicts(found) == ["unlabelled", "unlabelled", "incorrect"]
    assert critique(found).judgments[2].origin_unknown


def test_steps_without_a_mark_are_correct_only_where_the_mapping_says_so() -> None:
    assert verdicts(read(task(annotation(logic(35, 48))), unmarked="correct")) == ["correct", "correct", "incorrect"]


def test_a_mark_over_two_steps_is_cut_and_counted() -> None:
    found = read(task(annotation(logic(10, 25))))
    assert [bool(judgment.findings) for judgment in critique(found).judgments] == [True, True, False]
    assert critique(found).judgments[0].findings[0].marks == (Span(start=10, end=17),)
    assert critique(found).judgments[1].findings[0].marks == (Span(start=0, end=6),)
    assert any("over several steps" in what for what in told(found))


def test_offsets_in_utf16_units_are_held_against_the_quoted_text() -> None:
    chain = "😀 three bars.\n\nSo 8."
    record = task(annotation(logic(16, 21, text="So 8.")))
    record["data"]["cot"] = chain
    found = read(record)
    assert critique(found).judgments[1].findings[0].marks == (Span(start=0, end=5),)
    assert any("UTF-16" in what for what in told(found))


def test_a_quoted_text_without_offsets_is_looked_up_where_it_stands_once() -> None:
    hyper = part("hypertextlabels", hypertextlabels=["Logic"], start="/div[1]/text()[1]", end="/div[1]/text()[1]",
                 startOffset=0, endOffset=5, text="The last is 4.")  # fmt: skip
    assert critique(read(task(annotation(hyper)))).judgments[1].findings[0].marks == (Span(start=0, end=14),)
    twice = part("hypertextlabels", hypertextlabels=["Logic"], start="/div[1]", end="/div[1]", text="3")
    found = read(task(annotation(twice)))
    assert not any(judgment.findings for judgment in critique(found).judgments)
    assert any("place in the text is not clear" in what for what in told(found))


def test_hypertext_by_its_global_offsets() -> None:
    hyper = part("hypertextlabels", hypertextlabels=["Logic"], start="/p", end="/p", startOffset=0, endOffset=2,
                 globalOffsets={"start": 19, "end": 27}, text="The last")  # fmt: skip
    assert critique(read(task(annotation(hyper)))).judgments[1].findings[0].marks == (Span(start=0, end=8),)


def test_paragraphs_are_steps_and_their_labels_count_within_one() -> None:
    record = task(annotation(part("paragraphlabels", paragraphlabels=["Logic"], start="1", end="1",
                                  startOffset=4, endOffset=8, text="last")))  # fmt: skip
    record["data"]["cot"] = [{"author": "m", "text": "There are 3."}, {"author": "m", "text": "The last is 4."}]
    found = read(record, columns={"question": "question", "cot": "steps"})
    assert first(found).segmentation == "given/1"
    assert critique(found).judgments[1].findings[0].marks == (Span(start=4, end=8),)


def test_boxes_are_percent_of_the_original_image_and_belong_to_the_related_finding() -> None:
    box = {**part("rectanglelabels", "b1", "box", "img", x=50, y=20, width=25, height=40, rotation=0,
                  rectanglelabels=["Note"]), "original_width": 100, "original_height": 50}  # fmt: skip
    relation = {"type": "relation", "from_id": "r1", "to_id": "b1", "direction": "right"}
    found = read(task(annotation(logic(35, 48), box, relation)))
    (finding,) = critique(found).judgments[2].findings
    assert finding.marks[1] == Region(points=((0.5, 0.2), (0.75, pytest.approx(0.6))))


def test_a_turned_box_is_a_polygon_about_its_top_left_corner_in_pixels() -> None:
    turned = {**part("rectanglelabels", "r1", "box", "img", x=50, y=0, width=20, height=20, rotation=90,
                     rectanglelabels=["Count"]), "original_width": 200, "original_height": 100}  # fmt: skip
    found = read(task(annotation(turned), data={"cot": "One step.", "question": "q", "image": "/x/bars.png"}))
    (mark,) = critique(found).judgments[0].findings[0].marks
    # 40 × 20 pixels at (100, 0), turned by 90° clockwise: 20 to the left, 40 down
    assert isinstance(mark, Region)
    assert sorted((round(x, 6), round(y, 6)) for x, y in mark.points) == [(0.4, 0), (0.4, 0.4), (0.5, 0), (0.5, 0.4)]


def test_a_region_marked_on_a_turned_image_is_not_guessed() -> None:
    box = {**part("rectanglelabels", x=1, y=1, width=2, height=2, rectanglelabels=["Count"]), "image_rotation": 90}
    assert any("turned while marking" in what for what in told(read(task(annotation(box)))))


def test_cancelled_annotations_and_drafts_stay_out_and_are_counted() -> None:
    found = read(task(annotation(logic(0, 5)), annotation(was_cancelled=True, id=12), drafts=[{"id": 1}]))
    assert len(first(found).critiques) == 1
    assert [(note.kind, note.what) for note in found.notes] == [
        ("dropped", "cancelled annotation"),
        ("dropped", "draft"),
    ]


def test_people_become_accounts_or_placeholders_and_models_critics() -> None:
    by_mail = annotation(logic(0, 5), completed_by={"id": 4, "email": "ada@example.org"})
    by_number = annotation(logic(0, 5), id=12)
    model = {"id": 5, "model_version": "m-2", "score": 0.8, "result": [logic(0, 5)]}
    found = mapped_record("label_studio", task(by_mail, by_number, predictions=[model]), MAPPING,
                          people={"ada@example.org": "Ada L."})  # fmt: skip
    authors = [(each.author.kind, each.author.name, each.confidence) for each in first(found).critiques]
    assert authors == [("person", "Ada L.", None), ("person", "label_studio: 10", None), ("critic", "m-2", 0.8)]


def test_two_annotations_of_one_person_are_two_revisions() -> None:
    found = read(task(annotation(logic(0, 5)), annotation(logic(0, 5), id=12)))
    assert [each.revision for each in first(found).critiques] == [1, 2]


def test_answers_about_the_whole_and_about_a_step_that_its_control_names() -> None:
    found = read(
        task(
            annotation(
                part("choices", "c1", "ok", choices=["no"]),
                part("choices", "c2", "step_2", choices=["yes"]),
                {"id": "t1", "from_name": "sure", "to_name": "cot", "type": "rating", "value": {"rating": 4}},
                ground_truth=True,
                lead_time=4.5,
            )
        )
    )
    said = critique(found)
    assert (said.answer.verdict, said.judgments[1].verdict, said.confidence) == ("incorrect", "correct", 0.75)
    assert (said.reference, said.active_seconds, str(said.submitted_at)) == ("gold", 4.5, "2026-01-01 00:05:00+00:00")


def test_a_label_that_the_mapping_does_not_name_is_counted_and_kept_and_one_left_out_is_not() -> None:
    unknown = part("labels", labels=["Style"], start=0, end=5)
    found = read(task(annotation(unknown)))
    assert critique(found).judgments[0].findings[0].error_type is None
    assert any("does not name" in what for what in told(found))
    assert critique(found).extra["label_studio"]["result"] == [unknown]
    left_out = read(task(annotation(part("labels", labels=["Note"], start=0, end=5))))
    assert verdicts(left_out) == ["unlabelled"] * 3
    assert not left_out.notes


def test_json_min_has_columns_and_answers_side_by_side() -> None:
    row = {"id": 3, "annotation_id": 11, "annotator": 10, "lead_time": 2.0, "question": "q", "cot": CHAIN, "ok": "no",
           "err": [{"start": 35, "end": 48, "text": "So 3 + 4 = 8.", "labels": ["Logic"]}]}  # fmt: skip
    found = read(row)
    assert verdicts(found) == ["unlabelled", "unlabelled", "incorrect"]
    assert critique(found).answer.verdict == "incorrect"


def test_what_is_no_task_is_an_error_of_its_record() -> None:
    found = mapped("label_studio", b'[{"text": "x"}, 5]', MAPPING)
    assert [(outcome.line, outcome.field) for outcome in found if isinstance(outcome, RecordError)] == [
        (1, "data"),
        (2, ""),
    ]


CONFIG = """<View><Image name="img" value="$image"/><Text name="chain" value="$cot"/>
<Labels name="err" toName="chain"><Label value="Logic"/><Label value="Text reading"/><Label value="Style"/></Labels>
<TextArea name="why" toName="chain" perRegion="true"/>
<Choices name="step_1" toName="chain"><Choice value="Good" alias="good"/><Choice value="Bad"/></Choices></View>"""


def test_a_mapping_is_proposed_from_the_labelling_config() -> None:
    data = json.dumps([task()]).encode()
    found = survey(formats()["label_studio"].foreign(Source(io.BytesIO(data))))  # type: ignore[misc]
    mapping = propose(found, DEFAULT_TAXONOMY, label_config=parse_label_config(CONFIG))
    assert mapping.controls == {"err": "error_type", "why": "explanation", "step_1": "step_verdict:1"}
    assert mapping.objects == {"img": "image", "chain": "cot"}
    assert mapping.columns == {"question": "question", "cot": "chain", "image": "image"}
    assert mapping.values == {
        "err=Logic": "reasoning/logic", "err=Text reading": "perception/text_reading",
        "step_1=good": "correct", "step_1=Bad": "incorrect",
    }  # fmt: skip


@pytest.mark.parametrize("xml", ["<View>", "<View/>", '<!DOCTYPE x [<!ENTITY a "b">]><View/>'])
def test_a_config_that_is_none_is_refused(xml: str) -> None:
    with pytest.raises(ValueError, match="label_config"):
        parse_label_config(xml)


def test_the_sample_lands_by_what_is_proposed_for_it() -> None:
    path = sample("formats/label_studio_export.json")
    with path.open("rb") as file:
        mapping = propose(survey(formats()["label_studio"].foreign(Source(file))), DEFAULT_TAXONOMY)  # type: ignore[misc]
    found = mapped("label_studio", path.read_bytes(), dump_mapping(mapping))
    assert [len(outcome.record.responses[0].critiques) for outcome in found if isinstance(outcome, Located)] == [1]
    assert critique(found[0]).judgments[0].findings[0].explanations == ("It is three, not two",)  # type: ignore[arg-type]
    assert "image by address: the server fetches nothing" in told(found[0])  # type: ignore[arg-type]
