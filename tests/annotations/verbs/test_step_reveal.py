"""One step at a time: what was shown when is counted by the server."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.core.codec import FieldError
from annotations.models import Critique, Draft
from annotations.models.records import critique_record
from annotations.verbs.assign import next_assignment
from annotations.verbs.draft import Edit, fields_of, open_draft, parse_edit, revise, save
from annotations.verbs.step_reveal import NotYet, show_next
from annotations.verbs.submit import submit_critique
from tests.builders import a_person, a_project, a_response

pytestmark = pytest.mark.django_db


def a_draft(**rules: Any) -> Draft:
    project = a_project(step_reveal=True, **rules)
    a_response(3, project=project)
    return open_draft(next_assignment(a_person(role="annotator", project=project), project))


def edit(draft: Draft, path: str, value: Any) -> None:
    numbers = Edit(path=path, value=value, base_version=draft.version, client="tab", number=draft.version + 1)
    save(draft, [numbers])


def seen(draft: Draft) -> dict[str, Any]:
    return {path: row.value for path, row in fields_of(draft).items() if path.endswith("steps_seen")}


def test_the_next_step_appears_once_this_one_is_judged() -> None:
    draft = a_draft()
    with pytest.raises(NotYet, match="Step 1 has no verdict"):
        show_next(draft)
    edit(draft, "steps.1.verdict", "correct")
    assert show_next(draft) == 2
    with pytest.raises(NotYet, match="Step 2"):
        show_next(draft)


@pytest.mark.parametrize("path", ["steps.2.verdict", "steps.3.reason", "findings.a.step"])
def test_nothing_is_said_of_a_step_that_was_not_shown(path: str) -> None:
    draft = a_draft()
    value: Any = {"steps.2.verdict": "correct", "steps.3.reason": "Dark.", "findings.a.step": 2}[path]
    with pytest.raises(FieldError, match="a step from 1 to 1"):
        edit(draft, path, value)


def test_a_verdict_says_how_much_was_seen_and_a_later_change_says_that() -> None:
    draft = a_draft()
    for step in (1, 2, 3):
        edit(draft, f"steps.{step}.verdict", "correct")
        show_next(draft)
    assert seen(draft) == {"steps.1.steps_seen": 1, "steps.2.steps_seen": 2, "steps.3.steps_seen": 3}
    edit(draft, "steps.2.confidence", 0.6)
    edit(draft, "steps.1.verdict", "neutral")
    assert seen(draft) == {"steps.1.steps_seen": 3, "steps.2.steps_seen": 2, "steps.3.steps_seen": 3}
    edit(draft, "answer.verdict", "correct")
    record = critique_record(Critique.objects.whole().get(pk=submit_critique(draft.pk, draft.user).pk))
    assert [judgment.steps_seen for judgment in record.judgments] == [3, 2, 3]


def test_what_was_seen_is_never_taken_from_a_client() -> None:
    draft = a_draft()
    asked = {"path": "steps.1.steps_seen", "value": 3, "base_version": 0, "client": "tab", "number": 1}
    with pytest.raises(FieldError, match="a field of a draft"):
        save(draft, [parse_edit(asked)])


def test_a_revision_has_seen_the_whole_chain_and_keeps_what_was_noted() -> None:
    draft = a_draft()
    for step in (1, 2, 3):
        edit(draft, f"steps.{step}.verdict", "correct")
        show_next(draft)
    edit(draft, "answer.verdict", "correct")
    again = revise(submit_critique(draft.pk, draft.user), draft.user)
    edit(again, "steps.2.verdict", "unsure")
    assert again.steps_shown is None
    assert seen(again) == {"steps.1.steps_seen": 1, "steps.2.steps_seen": 3, "steps.3.steps_seen": 3}


def test_who_stops_at_the_first_error_need_not_see_the_rest() -> None:
    draft = a_draft(require_explanation=False)
    edit(draft, "steps.1.verdict", "incorrect")
    for step in (2, 3):
        edit(draft, f"steps.{step}.state", "unlabelled")
    assert show_next(draft) is None
    edit(draft, "answer.verdict", "incorrect")
    record = critique_record(Critique.objects.whole().get(pk=submit_critique(draft.pk, draft.user).pk))
    assert [(judgment.state, judgment.steps_seen) for judgment in record.judgments] == [
        ("judged", 1),
        ("unlabelled", None),
        ("unlabelled", None),
    ]


def test_where_a_chain_is_shown_at_once_nothing_is_counted() -> None:
    project = a_project()
    a_response(3, project=project)
    draft = open_draft(next_assignment(a_person(role="annotator", project=project), project))
    edit(draft, "steps.3.verdict", "correct")
    assert seen(draft) == {}
    assert show_next(draft) is None
