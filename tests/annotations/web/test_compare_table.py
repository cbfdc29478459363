"""The comparison itself: which columns, in which order, what differs, and where everybody's marks are."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from annotations.core.schema import AnswerJudgment, Author, Evidence, Finding, Judgment, Region, Span
from annotations.models import Critique, Response, Segmentation, Step
from annotations.verbs.store import set_reference, store_critique
from annotations.web.compare_table import Comparison, compare, letter_of, shown_images
from tests.builders import a_critic, a_critique, a_critique_record, a_person, a_problem, a_project, a_response, an_image

pytestmark = pytest.mark.django_db


def compared(response: Response, *, latest: bool = True) -> Comparison:
    row = Response.objects.prefetch_related("steps", "references").get(pk=response.pk)
    critiques = Critique.objects.filter(response=response).whole()
    return compare(row, list(critiques.latest() if latest else critiques))


def names(comparison: Comparison) -> list[str]:
    return [column.record.author.name for column in comparison.columns]


def wrong(step: int, *marks: Any, **fields: Any) -> Judgment:
    finding = Finding(explanations=("No.",), marks=marks, **fields)
    return Judgment(step=step, verdict="incorrect", own_error=True, findings=(finding,))


def right(step: int) -> Judgment:
    return Judgment(step=step, verdict="correct")


def test_the_reference_comes_first_then_people_then_critics() -> None:
    response = a_response(steps=2)
    a_critique(response, author=a_critic("early critic"))
    a_critique(response, by=a_person("ann"))
    a_critique(response, author=a_critic("late critic"))
    gold = a_critique(response, author=Author(kind="person", name="gold"))
    set_reference(gold, "gold")
    comparison = compared(response)
    assert names(comparison) == ["gold", "ann", "early critic", "late critic"]
    assert [column.letter for column in comparison.columns] == ["A", "B", "C", "D"]
    assert [column.is_reference for column in comparison.columns] == [True, False, False, False]


def test_only_the_highest_version_of_the_reference_counts() -> None:
    response = a_response(steps=1)
    old, new = a_critique(response, author=a_critic("old")), a_critique(response, author=a_critic("new"))
    set_reference(old, "gold")
    set_reference(new, "adjudicated")
    assert [column.is_reference for column in compared(response).columns] == [True, False]
    assert names(compared(response)) == ["new", "old"]


def test_the_revisions_of_one_author_stand_side_by_side() -> None:
    response, ann = a_response(steps=1), a_person("ann")
    a_critique(response, by=ann)
    a_critique(response, by=a_person("ben"))
    a_critique(response, "incorrect", by=ann, stage="after_reveal")
    comparison = compared(response, latest=False)
    assert [(column.record.author.name, column.row.revision) for column in comparison.columns] == [
        ("ann", 1),
        ("ann", 2),
        ("ben", 1),
    ]
    assert sorted(column.row.revision for column in compared(response).columns) == [1, 2]


def test_letters_go_on_after_z() -> None:
    assert [letter_of(index) for index in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


def test_a_step_differs_when_critiques_take_different_stances_on_it() -> None:
    response = a_response(steps=4)
    a_critique(response, "correct", "incorrect", "correct", "unsure", author=a_critic("one"))
    inherited = Judgment(step=3, verdict="correct", inherits_from=(2,))
    a_critique(
        response,
        author=a_critic("two"),
        judgments=(right(1), wrong(2), inherited, Judgment(step=4, verdict="unsure")),
    )
    assert [row.differs for row in compared(response).rows] == [False, False, True, False]


def test_what_was_not_judged_differs_from_nothing() -> None:
    response = a_response(steps=1)
    a_critique(response, "incorrect", author=a_critic("one"))
    a_critique(response, author=a_critic("two"), judgments=(Judgment(step=1, state="unparsed"),))
    comparison = compared(response)
    assert comparison.differences == 0
    assert comparison.rows[0].cells[1].judgment.verdict is None


def test_the_answer_differs_by_its_own_verdicts() -> None:
    response = a_response(steps=1)
    for name, verdict in (("one", "correct"), ("two", "incorrect")):
        a_critique(response, author=a_critic(name), answer=AnswerJudgment(verdict=verdict, state="judged"))
    a_critique(response, author=a_critic("three"))
    comparison = compared(response)
    assert comparison.answer_differs
    assert comparison.differences == 1


def test_findings_are_numbered_through_step_by_step_from_left_to_right() -> None:
    response = a_response(steps=2)
    a_critique(response, author=a_critic("one"), judgments=(wrong(1), wrong(2)))
    a_critique(response, author=a_critic("two"), judgments=(wrong(1), right(2)))
    labels = [[shown.label for cell in row.cells for shown in cell.findings] for row in compared(response).rows]
    assert labels == [["A1", "B2"], ["A3"]]


def test_a_span_is_marked_in_the_text_with_its_label_number_and_slot() -> None:
    response = a_response(["The bar shows 66 units."])
    a_critique(response, author=a_critic("one"))
    a_critique(response, author=a_critic("two"), judgments=(wrong(1, Span(start=14, end=16)),))
    text = compared(response).rows[0].text
    assert '<mark class="mark mark-2" data-mark="1">' in text
    assert ">66</span>" in text
    assert ">B1</sup>" in text


def test_regions_are_drawn_in_pixels_of_their_own_image() -> None:
    problem = a_problem(a_project(), images=2)  # 64 × 48 and 65 × 48 pixels
    response = a_response(steps=1, problem=problem)
    box = Region(image=1, points=((0.25, 0.5), (0.75, 1.0)))
    triangle = Region(image=2, shape="polygon", points=((0.0, 0.0), (1.0, 0.0), (0.2, 0.5)))
    a_critique(response, author=a_critic("one"), judgments=(wrong(1, box, triangle),))
    first, second = shown_images(problem, compared(response).columns)
    assert [region.points for region in first.regions] == ["16.0,24.0 48.0,24.0 48.0,48.0 16.0,48.0"]
    assert [region.points for region in second.regions] == ["0.0,0.0 65.0,0.0 13.0,24.0"]
    assert [region.label for region in first.regions + second.regions] == ["A1", "A1"]


def test_labels_of_regions_never_lie_on_one_another_nor_outside_of_the_picture() -> None:
    problem = a_problem(a_project(), images=[an_image(a_project(), width=400, height=200)])
    response = a_response(steps=1, problem=problem)
    for number in range(12):
        box = Region(points=((0.9, 0.5), (1.0, 0.6)))
        a_critique(response, author=a_critic(f"critic {number}"), judgments=(wrong(1, box),))
    (image,) = shown_images(problem, compared(response).columns)
    places = [(region.label_x, region.label_y) for region in image.regions]
    wide, high = 4 * image.badge - 0.2, 2 * image.badge - 0.2
    assert all(abs(x - u) >= wide or abs(y - v) >= high for (x, y), (u, v) in combinations(places, 2))
    assert max(x for x, _ in places) <= 400 - 3 * image.badge


def test_a_critique_of_another_cut_is_counted_and_not_aligned() -> None:
    response = a_response(["one two"])
    Segmentation.objects.create(response=response, number=2, rule="words", step_count=2)
    for number, (start, end) in enumerate([(0, 3), (4, 7)], 1):
        Step.objects.create(
            response=response, segmentation=2, number=number, step_count=2, start=start, end=end, length=3
        )
    a_critique(response, "incorrect", author=a_critic("old cut"))
    record = a_critique_record(response, judgments=(right(1), right(2)), author=a_critic("new cut"))
    store_critique(record, response, segmentation=2)
    Response.objects.filter(pk=response.pk).update(segmentation=2)
    comparison = compared(response)
    assert names(comparison) == ["new cut"]
    assert comparison.elsewhere == 1
    assert [row.number for row in comparison.rows] == [1, 2]


def test_evidence_stands_at_the_step_that_it_serves() -> None:
    response = a_response(steps=2)
    evidence = (
        Evidence(kind="ocr", content={"image": 1, "lines": ["62"]}),
        Evidence(kind="question_answer", step=2, content={"question": "Which bar?", "answer": "The second"}),
    )
    a_critique(response, evidence=evidence)
    comparison = compared(response)
    (column,) = comparison.columns
    assert [item.content["lines"] for item in column.evidence] == [["62"]]
    assert comparison.rows[0].cells[0].evidence == []
    assert [item.content["answer"] for item in comparison.rows[1].cells[0].evidence] == ["The second"]


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(kind="ocr", content={"lines": 5}),
        Evidence(kind="ocr", content={"lines": ["a"], "image": "x"}),
        Evidence(kind="question_answer", content={"question": ["x"]}),
        Evidence(kind="something new", content={"a": [1]}),
    ],
)
def test_evidence_of_an_unknown_form_is_shown_as_it_came(evidence: Evidence) -> None:
    response = a_response(steps=1)
    a_critique(response, evidence=(evidence,))
    (shown,) = compared(response).columns[0].evidence
    assert shown.template == "compare/evidence/_other.html"
    assert shown.kind == evidence.kind
    assert shown.raw.startswith("{")


def test_the_first_error_is_the_first_step_with_an_error_of_its_own() -> None:
    response = a_response(steps=3)
    inherited = Judgment(step=3, verdict="incorrect", own_error=False, inherits_from=(2,))
    a_critique(response, judgments=(right(1), wrong(2), inherited))
    assert [row.cells[0].is_first_error for row in compared(response).rows] == [False, True, False]


def test_a_correction_is_told_word_by_word() -> None:
    response = a_response(["The bar shows 66."])
    a_critique(response, judgments=(wrong(1, corrected_text="The bar shows 62."),))
    (shown,) = compared(response).rows[0].cells[0].findings
    assert [(part.change, part.text) for part in shown.correction] == [
        ("equal", "The bar shows "),
        ("delete", "66"),
        ("insert", "62"),
        ("equal", "."),
    ]


@pytest.mark.parametrize(("costs", "seconds"), [({"seconds": 3.5}, 3.5), ({"seconds": "long"}, None), ({}, None)])
def test_how_long_a_critic_took_is_told_where_it_is_a_number(costs: dict[str, Any], seconds: float | None) -> None:
    response = a_response(steps=1)
    a_critique(response, costs=costs)
    assert compared(response).columns[0].seconds == seconds
