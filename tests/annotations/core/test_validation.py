"""One validator holds people and critics to the same rules and says where each is broken."""

from dataclasses import replace
from typing import Any

import pytest

from annotations.core.codec import FieldError
from annotations.core.schema import (
    VERDICTS,
    AnswerJudgment,
    Author,
    Critique,
    Evidence,
    Finding,
    Judgment,
    Region,
    Response,
    Span,
    StepRange,
)
from annotations.core.steps import join_steps
from annotations.core.taxonomy import DEFAULT_TAXONOMY
from annotations.core.validation import check_critique, check_response

SOURCE, STEPS = join_steps(["One 😀 cat.", "Two cats.", "So three."])
RESPONSE = Response(key="r", source_text=SOURCE, steps=STEPS)
CORRECT = Judgment(step=1, verdict="correct")
WRONG = Judgment(step=3, verdict="incorrect")


def a_critique(*judgments: Judgment, **fields: Any) -> Critique:
    whole = list(judgments) or [replace(CORRECT, step=step) for step in (1, 2, 3)]
    return Critique(author=Author(kind="person", name="p"), judgments=tuple(whole), **fields)


def a_critique_of_step_3(**fields: Any) -> Critique:
    return a_critique(CORRECT, replace(CORRECT, step=2), replace(WRONG, **fields))


def errors(critique: Critique, **rules: Any) -> list[FieldError]:
    settings: dict[str, Any] = {"scale": VERDICTS, "taxonomy": DEFAULT_TAXONOMY, "images": 1} | rules
    return check_critique(critique, RESPONSE, **settings)


def fields(critique: Critique, **rules: Any) -> list[str]:
    return [error.field for error in errors(critique, **rules)]


def test_a_whole_critique_has_no_errors() -> None:
    finding = Finding(
        error_type="perception/count",
        severity="decisive",
        explanations=("", "three are seen"),
        marks=(
            Span(start=0, end=9),
            Region(points=((0.0, 0.0), (1.0, 1.0))),
            Region(shape="polygon", points=((0.0, 0.0), (0.5, 0.1), (0.2, 0.9))),
        ),
    )
    critique = a_critique(
        CORRECT,
        Judgment(step=2, state="abstained", reason="too dark"),
        replace(WRONG, own_error=True, inherits_from=(2, 1), confidence=0.5, findings=(finding,)),
        answer=AnswerJudgment(state="judged", verdict="incorrect"),
        evidence=(Evidence(kind="ocr", content={}), Evidence(kind="ocr", step=3, content={})),
    )
    assert errors(critique, explanation_required=True) == []


def test_each_step_has_one_judgment_in_step_order() -> None:
    assert fields(a_critique(CORRECT)) == ["judgments"]
    assert fields(a_critique(*[replace(CORRECT, step=step) for step in (1, 3, 2)])) == [
        "judgments.1.step",
        "judgments.2.step",
    ]
    assert fields(a_critique(*[replace(CORRECT, step=step) for step in (1, 2, 3, 4)])) == ["judgments"]


@pytest.mark.parametrize(
    ("judgment", "field"),
    [
        ({"verdict": None}, "judgments.2.verdict"),
        ({"state": "unparsed"}, "judgments.2.verdict"),
        ({"state": "lost", "verdict": None}, "judgments.2.state"),
        ({"verdict": "unsure"}, "judgments.2.verdict"),
        ({"confidence": 1.5}, "judgments.2.confidence"),
        ({"confidence": float("nan")}, "judgments.2.confidence"),
        ({"inherits_from": (3,)}, "judgments.2.inherits_from.0"),
        ({"inherits_from": (0,)}, "judgments.2.inherits_from.0"),
        ({"inherits_from": (1, 2, 1)}, "judgments.2.inherits_from.2"),
        ({"origin_unknown": True, "own_error": True}, "judgments.2.origin_unknown"),
        ({"origin_unknown": True, "inherits_from": (1,)}, "judgments.2.origin_unknown"),
        ({"reason": "\0"}, "judgments.2.reason"),
        ({"skills": ("counting", "counting")}, "judgments.2.skills.1"),
        ({"skills": ("juggling",)}, "judgments.2.skills.0"),
        ({"steps_seen": 2}, "judgments.2.steps_seen"),
        ({"steps_seen": 4}, "judgments.2.steps_seen"),
    ],
)
def test_a_judgment_that_contradicts_itself_is_refused(judgment: dict[str, Any], field: str) -> None:
    assert fields(a_critique_of_step_3(**judgment), scale=("correct", "incorrect", "neutral")) == [field]


def test_an_unjudged_step_needs_no_verdict_and_an_unknown_origin_stands_alone() -> None:
    assert fields(a_critique_of_step_3(verdict=None, state="unlabelled")) == []
    assert fields(a_critique_of_step_3(origin_unknown=True)) == []


def test_the_answers_verdict_is_held_to_the_same_rules() -> None:
    assert fields(a_critique(answer=AnswerJudgment(verdict="correct"))) == ["answer.verdict"]
    assert fields(
        a_critique(answer=AnswerJudgment(state="judged", verdict="neutral")), scale=("correct", "incorrect")
    ) == ["answer.verdict"]


@pytest.mark.parametrize(
    ("mark", "field"),
    [
        (Span(start=3, end=10), "end"),
        (Span(start=9, end=10), "start"),
        (Span(start=-1, end=2), "start"),
        (Span(start=4, end=4), "end"),
        (Region(image=2, points=((0, 0), (1, 1))), "image"),
        (Region(points=((0, 0),)), "points"),
        (Region(points=((0, 0), (0.5, 0.5), (1, 1))), "points"),
        (Region(points=((0.5, 0), (0.4, 1))), "points"),
        (Region(points=((0, 0.5), (1, 0.5))), "points"),
        (Region(shape="polygon", points=((0, 0), (1, 1))), "points"),
        (Region(shape="polygon", points=((0, 0), (1, 1), (1.1, 0))), "points.2"),
        (Region(shape="circle", points=((0, 0), (1, 1))), "shape"),  # type: ignore[arg-type]
    ],
)
def test_a_mark_lies_inside_its_step_or_image(mark: Span | Region, field: str) -> None:
    findings = (Finding(), Finding(marks=(Span(start=0, end=1), mark)))
    assert fields(a_critique_of_step_3(findings=findings)) == [f"judgments.2.findings.1.marks.1.{field}"]


def test_spans_count_code_points_of_their_own_step() -> None:
    whole_first_step = Finding(marks=(Span(start=0, end=len("One 😀 cat.")),))
    critique = a_critique(
        replace(CORRECT, findings=(whole_first_step,)), replace(CORRECT, step=2), replace(CORRECT, step=3)
    )
    assert errors(critique) == []
    assert fields(a_critique_of_step_3(findings=(whole_first_step,))) == ["judgments.2.findings.0.marks.0.end"]


def test_a_problem_without_images_takes_no_region() -> None:
    (error,) = errors(a_critique_of_step_3(findings=(Finding(marks=(Region(points=((0, 0), (1, 1))),)),)), images=0)
    assert "the problem has no image" in str(error)


def test_error_types_and_severities_are_known() -> None:
    findings = (Finding(error_type="perception"), Finding(severity="fatal"))  # type: ignore[arg-type]
    assert fields(a_critique_of_step_3(findings=findings)) == [
        "judgments.2.findings.0.error_type",
        "judgments.2.findings.1.severity",
    ]


def test_an_explanation_is_required_only_where_the_project_says_so() -> None:
    unexplained = a_critique_of_step_3(findings=(Finding(explanations=("  ",)), Finding(explanations=("why",))))
    assert fields(unexplained) == []
    assert fields(unexplained, explanation_required=True) == ["judgments.2.findings.0.explanations"]
    assert fields(a_critique_of_step_3(), explanation_required=True) == ["judgments.2.findings"]
    assert fields(a_critique_of_step_3(own_error=True, inherits_from=(1,)), explanation_required=True) == [
        "judgments.2.findings"
    ]


def test_what_is_only_inherited_needs_no_explanation() -> None:
    assert fields(a_critique_of_step_3(inherits_from=(1,)), explanation_required=True) == []


@pytest.mark.parametrize(("difficulty", "found"), [(1, []), (5, []), (0, ["difficulty"]), (6, ["difficulty"])])
def test_difficulty_is_one_to_five(difficulty: int, found: list[str]) -> None:
    assert fields(a_critique(difficulty=difficulty)) == found


def test_evidence_serves_a_step_that_exists() -> None:
    assert fields(a_critique(evidence=(Evidence(kind="ocr", step=4, content={}),))) == ["evidence.0.step"]


def test_all_errors_are_told_at_once() -> None:
    critique = a_critique_of_step_3(confidence=2.0, inherits_from=(3,), findings=(Finding(error_type="x"),))
    assert len(errors(replace(critique, comment="\ud800"))) == 4


def test_a_response_that_was_not_split_cannot_be_judged() -> None:
    response = Response(key="r", source_text="x")
    (error,) = check_critique(a_critique(), response, scale=VERDICTS, taxonomy=DEFAULT_TAXONOMY, images=0)
    assert error.field == "judgments"


def test_steps_of_a_response_stand_in_order_inside_its_text() -> None:
    assert check_response(RESPONSE) == []
    steps = (StepRange(start=2, end=4), StepRange(start=3, end=9), StepRange(start=9, end=8))
    broken = Response(key="r", source_text="12345678\0", steps=steps)
    assert [error.field for error in check_response(broken)] == ["steps.1.start", "steps.2.end", "source_text"]
