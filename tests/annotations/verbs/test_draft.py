"""Nothing typed is lost, nothing is overwritten in silence."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.core.codec import FieldError
from annotations.models import Draft
from annotations.verbs.assign import next_assignment
from annotations.verbs.draft import DraftGone, Edit, fields_of, open_draft, save
from tests.builders import a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Draft:
    project = a_project()
    a_response(["The bar shows 66.", "So it is 19.", "Done."], problem=a_problem(project, images=2))
    return open_draft(next_assignment(a_person(role="annotator", project=project), project))


def an_edit(path: str, value: Any, *, number: int = 1, client: str = "tab-a", base_version: int = 0) -> Edit:
    return Edit(path=path, value=value, number=number, client=client, base_version=base_version)


def stored(draft: Draft) -> dict[str, Any]:
    return {path: row.value for path, row in fields_of(draft).items()}


def test_edits_are_kept_field_by_field_with_growing_versions(draft: Draft) -> None:
    saved = save(draft, [an_edit("steps.1.verdict", "correct"), an_edit("comment", "Fine.", number=2)])
    assert saved.versions == {"steps.1.verdict": 1, "comment": 2}
    assert stored(draft) == {"steps.1.verdict": "correct", "comment": "Fine."}


def test_the_same_edit_twice_is_one(draft: Draft) -> None:
    edits = [an_edit("comment", "One."), an_edit("comment", "Two.", number=2)]
    save(draft, edits)
    again = save(draft, edits)
    assert (again.version, again.versions, again.conflicts) == (2, {"comment": 2}, [])
    assert again.known == {"comment": "Two."}


def test_a_replayed_edit_does_not_undo_what_another_tab_wrote_since(draft: Draft) -> None:
    first = an_edit("comment", "Mine.")
    save(draft, [first])
    save(draft, [an_edit("comment", "Later.", client="tab-b", base_version=1)])
    save(draft, [first])
    assert stored(draft)["comment"] == "Later."


def test_the_later_edit_wins_and_the_reply_tells_what_it_covered(draft: Draft) -> None:
    save(draft, [an_edit("comment", "From tab A.")])
    saved = save(draft, [an_edit("comment", "From tab B.", client="tab-b")])
    assert stored(draft)["comment"] == "From tab B."
    (conflict,) = saved.conflicts
    assert (conflict.path, conflict.value, conflict.version, conflict.client) == ("comment", "From tab A.", 1, "tab-a")


def test_whoever_has_seen_the_other_value_is_told_of_no_conflict(draft: Draft) -> None:
    save(draft, [an_edit("comment", "From tab A.")])
    assert save(draft, [an_edit("comment", "Both.", client="tab-b", base_version=1)]).conflicts == []


def test_a_field_is_cleared_by_null(draft: Draft) -> None:
    save(draft, [an_edit("steps.2.inherits_from", [1]), an_edit("steps.2.inherits_from", None, number=2)])
    assert stored(draft) == {"steps.2.inherits_from": None}


def test_all_edits_of_a_request_are_kept_or_none(draft: Draft) -> None:
    with pytest.raises(FieldError):
        save(draft, [an_edit("comment", "Fine."), an_edit("steps.9.verdict", "correct", number=2)])
    assert stored(draft) == {}


def test_a_draft_that_is_gone_takes_no_edits(draft: Draft) -> None:
    Draft.objects.filter(pk=draft.pk).delete()
    with pytest.raises(DraftGone):
        save(draft, [an_edit("comment", "Too late.")])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("answer.verdict", "unsure"),
        ("answer.confidence", 0.6),
        ("confidence", 1),
        ("comment", "Ça va 👩‍🔬"),
        ("steps.3.verdict", "incorrect"),
        ("steps.3.own_error", True),
        ("steps.3.origin_unknown", True),
        ("steps.3.inherits_from", [1, 2]),
        ("steps.3.confidence", 0),
        ("steps.3.reason", "The label is cut off."),
        ("steps.3.seconds", 12.5),
        ("steps.2.state", "unlabelled"),
        ("steps.2.skills", ["counting", "ocr"]),
        ("difficulty", 5),
        ("findings.a-1.step", 3),
        ("findings.a-1.error_type", "perception/text_reading"),
        ("findings.a-1.severity", "decisive"),
        ("findings.a-1.explanation", "It reads 62."),
        ("findings.a-1.corrected_text", "The bar shows 62."),
        ("findings.a-1.marks", [{"kind": "span", "start": 14, "end": 16}]),
        ("findings.a-1.marks", [{"kind": "region", "image": 2, "shape": "box", "points": [[0, 0], [0.5, 1]]}]),
        ("findings.a-1.marks", [{"kind": "region", "shape": "polygon", "points": [[0, 0], [0.5, 1], [1, 0]]}]),
    ],
)
def test_each_field_of_the_table_takes_its_kind_of_value(draft: Draft, path: str, value: Any) -> None:
    save(draft, [an_edit(path, value)])
    assert stored(draft) == {path: value}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("verdict", "correct", "path"),
        ("clients.tab-a", 7, "path"),
        ("steps.0.verdict", "correct", "path"),
        ("steps.4.verdict", "correct", "steps.4.verdict"),
        ("steps.1.verdict", "right", "steps.1.verdict"),
        ("steps.1.own_error", 1, "steps.1.own_error"),
        ("steps.1.inherits_from", [1], "steps.1.inherits_from"),
        ("steps.3.inherits_from", [1, 1], "steps.3.inherits_from"),
        ("steps.1.confidence", 1.5, "steps.1.confidence"),
        ("steps.1.confidence", float("nan"), "steps.1.confidence"),
        ("steps.1.seconds", -1, "steps.1.seconds"),
        ("steps.1.state", "judged", "steps.1.state"),
        ("steps.1.skills", ["juggling"], "steps.1.skills"),
        ("steps.1.skills", ["ocr", "ocr"], "steps.1.skills"),
        ("steps.2.steps_seen", 2, "path"),
        ("difficulty", 6, "difficulty"),
        ("difficulty", True, "difficulty"),
        ("comment", "x" * 20_001, "comment"),
        ("comment", "a\0b", "comment"),
        ("comment", "\ud800", "comment"),
        ("findings.a b.step", 1, "path"),
        ("findings.a.step", 4, "findings.a.step"),
        ("findings.a.error_type", "perception", "findings.a.error_type"),
        ("findings.a.severity", "grave", "findings.a.severity"),
        ("findings.a.marks", {"kind": "span"}, "findings.a.marks"),
        ("findings.a.marks", [{"kind": "span", "start": 2, "end": 2}], "findings.a.marks.0"),
        ("findings.a.marks", [{"kind": "span", "start": 0, "end": 99}], "findings.a.marks.0"),
        ("findings.a.marks", [{"kind": "region", "points": [[0, 0], [2, 1]]}], "findings.a.marks.0.region.points.1.0"),
        ("findings.a.marks", [{"kind": "region", "image": 3, "points": [[0, 0], [1, 1]]}], "findings.a.marks.0.image"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(draft: Draft, path: str, value: Any, field: str) -> None:
    with pytest.raises(FieldError) as refused:
        save(draft, [an_edit(path, value)])
    assert refused.value.field.replace(".points.1.0", ".region.points.1.0").replace("region.region", "region") == field
    assert stored(draft) == {}


def test_saving_costs_a_fixed_number_of_queries(draft: Draft, django_assert_max_num_queries: Any) -> None:
    edits = [an_edit(f"steps.{step}.verdict", "correct", number=step) for step in (1, 2, 3)]
    with django_assert_max_num_queries(9):  # 2 are the savepoint, and a row is written at a time
        save(draft, edits)
