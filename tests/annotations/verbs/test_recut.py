"""A step that is split badly: proposed, ruled on, cut anew; drafts move with the text and old critiques stay."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from annotations.core.cuts import CutError
from annotations.models import Critique, CutProposal, Draft, Response
from annotations.models.records import critique_record
from annotations.verbs.assign import next_assignment
from annotations.verbs.draft import Edit, fields_of, open_draft, save
from annotations.verbs.recut import RuledAlready, accept, decline, propose
from annotations.verbs.submit import submit_critique
from tests.builders import a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db

CHAIN = ("Two bars. The second shows 66.", "So it grew.", "By 19.")
SECOND = len("Two bars. ")


class Cut:
    def __init__(self, **rules: Any) -> None:
        self.project = a_project(**rules)
        self.response: Response = a_response(CHAIN, project=self.project)
        self.person = a_person(role="annotator", project=self.project)
        self.reviewer = a_person(role="reviewer", project=self.project)
        self.draft: Draft = open_draft(next_assignment(self.person, self.project))

    def edit(self, segmentation: int | None = None, **values: Any) -> None:
        self.draft.refresh_from_db()
        number = self.draft.version
        edits = [
            Edit(
                path=path.replace("__", "."), value=value, base_version=number, client="tab", number=number + index,
                segmentation=segmentation,
            )
            for index, (path, value) in enumerate(values.items(), 1)
        ]  # fmt: skip
        save(self.draft, edits)

    def values(self) -> dict[str, Any]:
        return {path: row.value for path, row in fields_of(self.draft).items() if row.value is not None}

    def texts(self) -> list[str]:
        response = Response.objects.get(pk=self.response.pk)
        steps = response.steps.filter(segmentation=response.segmentation)
        return [response.source_text[step.start : step.end] for step in steps]


def test_an_accepted_split_is_a_new_cut_under_which_the_draft_goes_on() -> None:
    it = Cut()
    old = a_critique(it.response, "incorrect")
    mark = {"kind": "span", "start": SECOND + 17, "end": SECOND + 19}
    it.edit(
        steps__1__verdict="incorrect", steps__1__own_error=True, findings__f__step=1, findings__f__marks=[mark],
        findings__f__explanation="It reads 62.", steps__2__verdict="incorrect", steps__2__inherits_from=[1],
        comment="So far.",
    )  # fmt: skip
    ruling = accept(propose(it.draft, "split", 1, SECOND), by=it.reviewer)
    assert (ruling.accepted, ruling.segmentation) == (True, 2)
    assert it.texts() == ["Two bars.", "The second shows 66.", "So it grew.", "By 19."]
    assert it.values() == {
        "comment": "So far.",
        "steps.2.verdict": "incorrect",
        "steps.2.own_error": True,
        "steps.3.verdict": "incorrect",
        "steps.3.inherits_from": [2],
        "findings.f.step": 2,
        "findings.f.marks": [{"kind": "span", "start": 17, "end": 19}],
        "findings.f.explanation": "It reads 62.",
    }
    it.draft.refresh_from_db()
    assert it.draft.segmentation == 2
    it.edit(steps__1__verdict="correct", steps__4__verdict="correct", answer__verdict="incorrect")
    submitted = submit_critique(it.draft.pk, it.person)
    assert (submitted.segmentation, submitted.step_count) == (2, 4)
    old.refresh_from_db()
    assert (old.segmentation, old.step_count) == (1, 3)
    assert len(critique_record(Critique.objects.whole().get(pk=old.pk)).judgments) == 3


def test_an_accepted_join_puts_two_steps_into_one_and_completes_a_corrected_text() -> None:
    it = Cut()
    it.edit(
        steps__2__verdict="incorrect", findings__f__step=2, findings__f__corrected_text="So it fell.",
        findings__f__marks=[{"kind": "span", "start": 6, "end": 10}], steps__3__verdict="correct",
    )  # fmt: skip
    accept(propose(it.draft, "join", 1), by=it.reviewer)
    assert it.texts() == ["Two bars. The second shows 66.\nSo it grew.", "By 19."]
    offset = len(CHAIN[0]) + 1
    assert it.values() == {
        "steps.1.verdict": "incorrect",
        "steps.2.verdict": "correct",
        "findings.f.step": 1,
        "findings.f.corrected_text": f"{CHAIN[0]}\nSo it fell.",
        "findings.f.marks": [{"kind": "span", "start": offset + 6, "end": offset + 10}],
    }


def test_a_finding_across_the_cut_becomes_one_in_each_part() -> None:
    it = Cut()
    mark = {"kind": "span", "start": 4, "end": SECOND + 10}
    it.edit(
        steps__1__verdict="incorrect", findings__f__step=1, findings__f__marks=[mark], findings__f__severity="minor"
    )
    accept(propose(it.draft, "split", 1, SECOND), by=it.reviewer)
    values = it.values()
    assert (values["findings.f.step"], values["findings.f-1.step"]) == (2, 1)
    assert values["findings.f.marks"] == [{"kind": "span", "start": 0, "end": 10}]
    assert values["findings.f-1.marks"] == [{"kind": "span", "start": 4, "end": 9}]
    assert values["findings.f-1.severity"] == "minor"
    assert (values["steps.1.verdict"], values["steps.2.verdict"]) == ("incorrect", "incorrect")


def test_what_an_open_page_sends_under_the_old_cut_comes_to_the_right_steps() -> None:
    it = Cut()
    it.edit(findings__f__step=1)
    accept(propose(it.draft, "split", 1, SECOND), by=it.reviewer)
    mark = {"kind": "span", "start": 0, "end": 3}
    it.edit(1, steps__1__verdict="unsure", steps__3__verdict="correct", findings__f__marks=[mark], comment="Late.")
    values = it.values()
    assert {path: value for path, value in values.items() if path.endswith("verdict")} == {
        "steps.1.verdict": "unsure",
        "steps.2.verdict": "unsure",
        "steps.4.verdict": "correct",
    }
    assert (values["findings.f.marks"], values["comment"]) == ([mark], "Late.")


def test_what_was_shown_step_by_step_stays_shown_after_a_cut() -> None:
    it = Cut(step_reveal=True)
    it.edit(steps__1__verdict="unsure")
    accept(propose(it.draft, "split", 1, SECOND), by=it.reviewer)
    it.draft.refresh_from_db()
    assert it.draft.steps_shown == 2
    assert {it.values()[f"steps.{step}.steps_seen"] for step in (1, 2)} == {2}
    with pytest.raises(CutError, match="expected 1 to 2"):
        propose(it.draft, "join", 3)


def test_a_second_proposal_holds_its_place_after_another_was_accepted() -> None:
    it = Cut()
    later = propose(it.draft, "join", 2)
    accept(propose(it.draft, "split", 1, SECOND), by=it.reviewer)
    assert accept(later, by=it.reviewer).segmentation == 3
    assert it.texts() == ["Two bars.", "The second shows 66.", "So it grew.\nBy 19."]


def test_a_proposal_that_means_nothing_any_more_is_told_and_may_be_declined() -> None:
    it = Cut()
    one, other = propose(it.draft, "split", 1, SECOND), propose(it.draft, "join", 1)
    accept(other, by=it.reviewer)
    it.draft.refresh_from_db()
    accept(propose(it.draft, "split", 1, SECOND), by=it.reviewer)
    with pytest.raises(CutError, match="inside a step"):
        accept(one, by=it.reviewer)
    with pytest.raises(ValueError, match="reason"):
        decline(one, "  ", by=it.reviewer)
    assert decline(one, "Cut already.", by=it.reviewer).accepted is False
    with pytest.raises(RuledAlready):
        accept(one, by=it.reviewer)


def test_proposed_twice_it_is_one_and_only_reviewers_rule() -> None:
    it = Cut()
    proposal = propose(it.draft, "split", 1, SECOND)
    assert propose(it.draft, "split", 1, SECOND) == proposal
    assert CutProposal.objects.count() == 1
    with pytest.raises(PermissionDenied):
        accept(proposal, by=it.person)
    with pytest.raises(PermissionDenied):
        decline(proposal, "No.", by=it.person)


@pytest.mark.parametrize(("kind", "step", "offset"), [("split", 1, 0), ("split", 9, 1), ("join", 3, 0), ("fold", 1, 1)])
def test_a_cut_that_cannot_be_made_is_not_proposed(kind: str, step: int, offset: int) -> None:
    it = Cut()
    with pytest.raises(CutError):
        propose(it.draft, kind, step, offset)
