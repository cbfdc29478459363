"""A draft becomes a critique, whole and once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotations.models import Assignment, Critique, Draft, Slot
from annotations.models.records import critique_record
from annotations.verbs.assign import next_assignment, skip
from annotations.verbs.draft import DraftGone, Edit, fields_of, open_draft, revise, save
from annotations.verbs.submit import Incomplete, PlaceTaken, submit_critique
from tests.builders import a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db

WHOLE: dict[str, Any] = {
    "steps.1.verdict": "correct",
    "steps.1.seconds": 4,
    "steps.2.verdict": "incorrect",
    "steps.2.own_error": True,
    "steps.2.confidence": 0.9,
    "steps.2.seconds": 6.5,
    "steps.3.verdict": "incorrect",
    "steps.3.inherits_from": [2],
    "findings.b.step": 2,
    "findings.b.error_type": "perception/text_reading",
    "findings.b.severity": "decisive",
    "findings.b.explanation": "The label reads 62.",
    "findings.b.corrected_text": "The bar shows 62.",
    "findings.b.marks": [
        {"kind": "span", "start": 14, "end": 16},
        {"kind": "region", "image": 1, "shape": "box", "points": [[0.1, 0.2], [0.3, 0.4]]},
    ],
    "findings.removed.step": None,
    "findings.removed.explanation": "Never mind.",
    "answer.verdict": "incorrect",
    "comment": "One misreading.",
}


def write(draft: Draft, values: dict[str, Any], client: str = "tab") -> None:
    edits = enumerate(values.items(), 1)
    save(draft, [Edit(path=path, value=value, base_version=0, client=client, number=n) for n, (path, value) in edits])


def a_draft(values: dict[str, Any] = WHOLE, *, by: Any = None, **rules: Any) -> Draft:
    project = a_project(**rules)
    a_response(["Two bars.", "The bar shows 66.", "So it grew by 19."], problem=a_problem(project))
    draft = open_draft(next_assignment(by or a_person(role="annotator", project=project), project))
    write(draft, values)
    return draft


def test_a_critique_holds_what_was_typed() -> None:
    draft = a_draft()
    stored = submit_critique(draft.pk, draft.user)
    record = critique_record(Critique.objects.whole().get(pk=stored.pk))
    _, second, third = record.judgments
    assert (record.answer.verdict, record.comment, record.stage) == ("incorrect", "One misreading.", "blind")
    assert record.active_seconds == 10.5
    assert (second.own_error, second.inherits_from, second.confidence) == (True, (), 0.9)
    assert (third.own_error, third.inherits_from) == (None, (2,))
    (finding,) = second.findings
    assert (finding.error_type, finding.severity) == ("perception/text_reading", "decisive")
    assert finding.explanations == ("The label reads 62.",)
    span, region = finding.marks
    assert (span.start, span.end) == (14, 16)
    assert region.points == ((0.1, 0.2), (0.3, 0.4))


def test_the_slot_is_done_the_assignment_submitted_and_the_draft_gone() -> None:
    draft = a_draft()
    critique = submit_critique(draft.pk, draft.user)
    assert Slot.objects.get().state == "done"
    assignment = Assignment.objects.get()
    assert (assignment.state, assignment.critique) == ("submitted", critique)
    assert not Draft.objects.exists()


def test_pressed_twice_it_is_one_critique() -> None:
    draft = a_draft()
    assert submit_critique(draft.pk, draft.user) == submit_critique(draft.pk, draft.user)
    assert Critique.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_pressed_in_eight_tabs_at_once_it_is_one_critique() -> None:
    draft = a_draft()

    def submit(_: int) -> Any:
        try:
            return submit_critique(draft.pk, draft.user).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(submit, range(8)))) == 1
    assert Critique.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "rules", "told"),
    [
        ({"steps.1.verdict": None}, {}, "Step 1: a verdict"),
        ({"answer.verdict": None}, {}, "The answer: a verdict"),
        ({"findings.b.explanation": " "}, {}, "Step 2: an explanation of what is wrong"),
        ({"findings.b.step": None}, {}, "Step 2: a finding that says what is wrong"),
        ({}, {"require_confidence": True}, "Step 1: how sure you are"),
        (
            {"findings.b.marks": [{"kind": "span", "start": 0, "end": 17}], "findings.b.step": 1},
            {},
            "Step 2: a finding",
        ),
    ],
)
def test_what_is_missing_is_told_and_the_draft_kept(change: dict[str, Any], rules: dict[str, Any], told: str) -> None:
    draft = a_draft(WHOLE | change, **rules)
    with pytest.raises(Incomplete) as incomplete:
        submit_critique(draft.pk, draft.user)
    assert any(str(missing).startswith(told) for missing in incomplete.value.lacking)
    assert Draft.objects.filter(pk=draft.pk).exists()
    assert Assignment.objects.get().state == "held"


def test_what_the_project_asks_beside_the_verdicts_is_kept_and_revised() -> None:
    draft = a_draft(WHOLE | {"steps.1.skills": ["ocr", "counting"], "difficulty": 4})
    stored = submit_critique(draft.pk, draft.user)
    record = critique_record(Critique.objects.whole().get(pk=stored.pk))
    assert (record.judgments[0].skills, record.difficulty) == (("ocr", "counting"), 4)
    values = {path: row.value for path, row in fields_of(revise(stored, draft.user)).items()}
    assert (values["steps.1.skills"], values["difficulty"]) == (["ocr", "counting"], 4)


def test_a_step_after_an_error_may_be_left_unlabelled_on_purpose() -> None:
    draft = a_draft(WHOLE | {"steps.3.verdict": None, "steps.3.state": "unlabelled"})
    stored = submit_critique(draft.pk, draft.user)
    third = critique_record(Critique.objects.whole().get(pk=stored.pk)).judgments[2]
    assert (third.state, third.verdict, third.steps_seen) == ("unlabelled", None, None)
    again = revise(stored, draft.user)
    assert fields_of(again)["steps.3.state"].value == "unlabelled"
    assert submit_critique(again.pk, draft.user).judgments.get(number=3).state == "unlabelled"


def test_a_verdict_outweighs_an_earlier_unlabelled() -> None:
    draft = a_draft(WHOLE | {"steps.3.state": "unlabelled"})
    assert submit_critique(draft.pk, draft.user).judgments.get(number=3).verdict == "incorrect"


@pytest.mark.parametrize(
    ("rule", "step", "told"),
    [
        ("never", 3, "this project leaves no step unlabelled"),
        ("after_error", 1, "only steps after an incorrect one"),
        ("after_error", 3, None),
        ("always", 1, None),
    ],
)
def test_the_project_says_which_steps_may_be_left(rule: str, step: int, told: str | None) -> None:
    draft = a_draft(WHOLE | {f"steps.{step}.verdict": None, f"steps.{step}.state": "unlabelled"}, unlabelled_steps=rule)
    if told is None:
        assert submit_critique(draft.pk, draft.user).judgments.get(number=step).state == "unlabelled"
        return
    with pytest.raises(Incomplete, match=f"Step {step}: a verdict .*{told}"):
        submit_critique(draft.pk, draft.user)


def test_a_span_beyond_its_step_is_told_for_the_step() -> None:
    draft = a_draft(WHOLE | {"findings.c.step": 1, "findings.c.marks": [{"kind": "span", "start": 0, "end": 12}]})
    with pytest.raises(Incomplete, match=r"Step 1: from 1 to 9, the length of the step's text"):
        submit_critique(draft.pk, draft.user)


def test_a_person_who_was_away_submits_while_the_place_is_free() -> None:
    draft = a_draft()
    Assignment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    submit_critique(draft.pk, draft.user)
    assert sorted(Assignment.objects.values_list("state", flat=True)) == ["expired", "submitted"]


def test_who_gave_an_item_back_is_told_when_somebody_else_has_taken_it() -> None:
    draft = a_draft()
    skip(Assignment.objects.get(), "other")
    next_assignment(a_person(role="annotator", project=draft.project), draft.project)
    with pytest.raises(PlaceTaken, match="Your draft is kept"):
        submit_critique(draft.pk, draft.user)
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_nobody_submits_the_draft_of_another() -> None:
    draft = a_draft()
    with pytest.raises(DraftGone):
        submit_critique(draft.pk, a_person(role="annotator", project=draft.project))


def test_a_revision_begins_as_the_critique_was_and_is_a_new_one() -> None:
    draft = a_draft()
    first = submit_critique(draft.pk, draft.user)
    again = revise(first, draft.user)
    values = {path: row.value for path, row in fields_of(again).items()}
    kept = {path: value for path, value in WHOLE.items() if path.startswith("steps.") and "seconds" not in path}
    assert kept.items() <= values.items()
    assert values["findings.00000001.explanation"] == "The label reads 62."
    write(again, {"steps.1.verdict": "neutral"})
    second = submit_critique(again.pk, draft.user)
    assert (second.revision, second.supersedes, second.stage) == (2, first, "after_reveal")
    assert Critique.objects.latest().get() == second
    assert Critique.objects.get(pk=first.pk).judgments.get(number=1).verdict == "correct"


def test_a_revision_where_nothing_was_revealed_is_still_blind() -> None:
    draft = a_draft(reveal=False)
    again = revise(submit_critique(draft.pk, draft.user), draft.user)
    assert submit_critique(again.pk, draft.user).stage == "blind"


def test_only_the_author_revises_and_only_the_latest() -> None:
    draft = a_draft()
    first = submit_critique(draft.pk, draft.user)
    with pytest.raises(PermissionError):
        revise(first, a_person())
    submit_critique(revise(first, draft.user).pk, draft.user)
    with pytest.raises(LookupError, match="later revision"):
        revise(first, draft.user)
