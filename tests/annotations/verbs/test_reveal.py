"""Commit, reveal, revise: nothing before the person's own critique, everything kept after it."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.core import schema
from annotations.models import Critique, Draft, Project, Reaction, Showing
from annotations.models.records import critique_record
from annotations.verbs.draft import fields_of
from annotations.verbs.reveal import NotRevealed, carry_over, note_shown, react, revealed
from annotations.verbs.submit import submit_critique
from tests.builders import a_critic, a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db

FOUND = schema.Finding(
    error_type="perception/text_reading",
    severity="decisive",
    explanations=("It reads 62.", "Not 66."),
    corrected_text="Step 2 says 62.",
    marks=(schema.Span(start=0, end=4), schema.Region(points=((0.1, 0.1), (0.6, 0.7)))),
)
JUDGED = (
    schema.Judgment(step=1, verdict="correct"),
    schema.Judgment(step=2, verdict="incorrect", own_error=True, findings=(FOUND, FOUND)),
)


class Revealed:
    """An annotator's submitted critique of a response that a critic has critiqued too."""

    def __init__(self, **rules: Any) -> None:
        self.project: Project = a_project(**rules)
        self.response = a_response(2, project=self.project)
        self.theirs = a_critique(self.response, judgments=JUDGED)
        self.person = a_person(role="annotator", project=self.project)
        answer = schema.AnswerJudgment(verdict="correct", state="judged")
        self.own = a_critique(self.response, by=self.person, answer=answer)


def test_the_critics_latest_critiques_are_shown_to_who_has_submitted() -> None:
    it = Revealed()
    a_critique(it.response, by=a_person("somebody else"))
    again = a_critique(it.response, judgments=JUDGED)
    other = a_critique(it.response, author=a_critic("another"))
    assert set(revealed(it.own, it.person)) == {again, other}


@pytest.mark.parametrize("rules", [{"reveal": False}, {"reveal": False, "blind": False}])
def test_where_the_project_does_not_reveal_nothing_is_shown(rules: dict[str, Any]) -> None:
    it = Revealed(**rules)
    assert not revealed(it.own, it.person)
    with pytest.raises(NotRevealed):
        react(it.own, it.theirs, 1, "agree", by=it.person)
    assert not Reaction.objects.exists()


def test_nobody_reads_or_answers_through_a_critique_of_somebody_else() -> None:
    it = Revealed()
    other = a_person(role="annotator", project=it.project)
    assert not revealed(it.own, other)
    with pytest.raises(NotRevealed):
        react(it.own, it.theirs, 1, "wrong", by=other)


def test_when_a_critique_was_first_shown_is_kept() -> None:
    it = Revealed()
    note_shown(it.own, [it.theirs])
    first = Showing.objects.get().shown_at
    note_shown(it.own, [it.theirs])
    assert Showing.objects.get().shown_at == first


def test_reactions_are_kept_all_and_pressed_twice_they_are_one() -> None:
    it = Revealed()
    for kind in ("wrong", "wrong", "agree"):
        react(it.own, it.theirs, 2, kind, by=it.person)  # type: ignore[arg-type]
    assert list(Reaction.objects.values_list("finding", "kind", "beside")) == [
        (2, "wrong", it.own.pk),
        (2, "agree", it.own.pk),
    ]


def test_a_reaction_is_to_a_finding_that_there_is_in_a_word_that_there_is() -> None:
    it = Revealed()
    with pytest.raises(LookupError, match="expected 1 to 2"):
        react(it.own, it.theirs, 3, "agree", by=it.person)
    with pytest.raises(ValueError, match="agree, wrong, already_said"):
        react(it.own, it.theirs, 1, "maybe", by=it.person)  # type: ignore[arg-type]


def test_a_finding_that_the_person_agrees_with_is_carried_into_a_revision_after_the_reveal() -> None:
    it = Revealed()
    draft = carry_over(it.own, it.theirs, 1, by=it.person)
    carry_over(it.own, it.theirs, 1, by=it.person)
    values = {path: row.value for path, row in fields_of(draft).items()}
    assert (values["steps.2.verdict"], values["steps.2.own_error"]) == ("incorrect", True)
    assert len([path for path in values if path.endswith(".explanation")]) == 1
    revision = submit_critique(draft.pk, it.person)
    record = critique_record(Critique.objects.whole().get(pk=revision.pk))
    (finding,) = record.judgments[1].findings
    assert (finding.error_type, finding.severity, finding.marks) == (FOUND.error_type, FOUND.severity, FOUND.marks)
    assert finding.explanations == ("It reads 62.\n\nNot 66.",)
    assert (revision.revision, revision.stage, it.own.stage) == (2, "after_reveal", "blind")
    assert Reaction.objects.get().kind == "agree"
    assert Critique.objects.filter(author=it.own.author).count() == 2, "both are kept"


def test_what_the_person_typed_in_the_meantime_stays_when_a_finding_is_carried_over() -> None:
    it = Revealed()
    draft = carry_over(it.own, it.theirs, 1, by=it.person)
    carry_over(it.own, it.theirs, 2, by=it.person)
    values = {path: row.value for path, row in fields_of(Draft.objects.get()).items()}
    assert len([path for path, value in values.items() if path.endswith(".step") and value == 2]) == 2
    assert draft.revises_id == it.own.pk
