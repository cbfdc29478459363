"""Adjudication: a reference from several critiques, each part with whose it was, what was done to it, and why."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from annotations.core import schema
from annotations.models import Critique, Draft, LogEntry, Provenance, Reference
from annotations.models.records import critique_record
from annotations.verbs import adjudicate
from annotations.verbs.adjudication_queue import AdjudicationQueue
from annotations.verbs.draft import fields_of
from annotations.verbs.proposals import proposals_of
from annotations.verbs.review import Settled
from annotations.verbs.submit import Incomplete, submit_critique
from tests.annotations.verbs.test_review import write
from tests.builders import a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db


def an_error(explanation: str, step: int = 2, **fields: Any) -> schema.Judgment:
    finding = schema.Finding(
        error_type="perception/text_reading",
        severity="decisive",
        explanations=(explanation,),
        marks=(schema.Span(start=0, end=4),),
    )
    return schema.Judgment(step=step, verdict="incorrect", own_error=True, findings=(finding,), **fields)


class Disputed:
    """Two steps; Ann holds the second for wrong, Ben does not; a critic agrees with Ann; Rita adjudicates."""

    def __init__(self, **rules: Any) -> None:
        self.project = a_project("pilot", **rules)
        self.response = a_response(2, project=self.project)
        self.ann = a_person("ann", role="annotator", project=self.project)
        self.ben = a_person("ben", role="annotator", project=self.project)
        self.rita = a_person("rita", role="reviewer", project=self.project)
        right = schema.Judgment(step=1, verdict="correct")
        said = schema.AnswerJudgment(verdict="incorrect", state="judged")
        fine = schema.AnswerJudgment(verdict="correct", state="judged")
        self.anns = a_critique(self.response, by=self.ann, judgments=(right, an_error("It reads 62.")), answer=said)
        self.bens = a_critique(self.response, by=self.ben, answer=fine)
        self.critics = a_critique(self.response, judgments=(right, an_error("Not 66.")), answer=said)

    def begin(self) -> Draft:
        return adjudicate.begin(self.response, by=self.rita)

    def finish(self, draft: Draft) -> Critique:
        return submit_critique(draft.pk, self.rita)


def origins(critique: Critique) -> dict[tuple[int, int | None], tuple[Any, ...]]:
    rows = Provenance.objects.filter(critique=critique)
    return {(row.step, row.finding): (row.how, row.source_id, row.source_finding, row.why) for row in rows}


def test_a_reference_says_of_each_part_whose_it_was_and_why() -> None:
    it = Disputed()
    draft = it.begin()
    adjudicate.take_verdict(draft, 1, it.bens, by=it.rita)
    adjudicate.take_verdict(draft, 2, it.anns, by=it.rita)
    adjudicate.take_verdict(draft, 0, it.anns, by=it.rita)
    adjudicate.take_finding(draft, it.anns, 1, by=it.rita)
    adjudicate.take_finding(draft, it.critics, 1, by=it.rita)
    tail = it.critics.pk.hex[-16:]
    adjudicate.say_why(
        draft, {"steps.2": "The label is legible.", f"findings.{tail}-1": "Says the same."}, by=it.rita
    )  # fmt: skip
    draft.refresh_from_db()
    write(draft, **{f"findings_at_{tail}-1_at_explanation": "The 2021 bar is not 66."})
    stored = it.finish(draft)
    record = critique_record(Critique.objects.whole().get(pk=stored.pk))
    assert (record.stage, record.answer.verdict) == ("adjudication", "incorrect")
    assert [judgment.verdict for judgment in record.judgments] == ["correct", "incorrect"]
    texts = [finding.explanations[0] for finding in record.judgments[1].findings]
    in_order = sorted([(it.anns.pk.hex[-16:], "It reads 62."), (tail, "The 2021 bar is not 66.")])
    assert texts == [text for _tail, text in in_order]
    edited = texts.index("The 2021 bar is not 66.") + 1
    taken = 3 - edited
    assert origins(stored) == {
        (0, None): ("taken", it.anns.pk, None, ""),
        (1, None): ("taken", it.bens.pk, None, ""),
        (2, None): ("taken", it.anns.pk, None, "The label is legible."),
        (2, taken): ("taken", it.anns.pk, 1, ""),
        (2, edited): ("edited", it.critics.pk, 1, "Says the same."),
    }
    reference = Reference.objects.get()
    assert (reference.critique_id, reference.version, reference.kind) == (stored.pk, 1, "adjudicated")
    assert reference.created_by == it.rita
    assert LogEntry.objects.get(verb="adjudicate").after["version"] == 1
    assert not Draft.objects.exists()


def test_what_the_adjudicator_writes_is_told_as_theirs() -> None:
    it = Disputed()
    draft = it.begin()
    adjudicate.take_all(draft, it.bens, by=it.rita)
    draft.refresh_from_db()
    write(
        draft, steps_at_2_at_verdict="incorrect", findings_at_new_at_step=2,
        findings_at_new_at_explanation="Both overlook the unit.",
    )  # fmt: skip
    stored = it.finish(draft)
    assert origins(stored)[2, None][:2] == ("written", None)
    assert origins(stored)[2, 1][:2] == ("written", None)


def test_what_was_taken_can_be_left_out_again() -> None:
    it = Disputed()
    draft = it.begin()
    adjudicate.take_all(draft, it.anns, by=it.rita)
    adjudicate.take_verdict(draft, 2, it.bens, by=it.rita)
    adjudicate.drop_finding(draft, f"{it.anns.pk.hex[-16:]}-1", by=it.rita)
    stored = it.finish(draft)
    assert stored.finding_count == 0
    assert origins(stored)[2, None][1] == it.bens.pk
    with pytest.raises(LookupError):
        adjudicate.drop_finding(it.begin(), "no-such", by=it.rita)


def test_unanimous_verdicts_settle_themselves_only_where_the_project_says_so() -> None:
    assert not fields_of(Disputed(settle_unanimous=False).begin())
    Draft.objects.all().delete()


def test_unanimous_verdicts_are_told_as_such() -> None:
    it = Disputed(settle_unanimous=True)
    draft = it.begin()
    told = {path: row.value for path, row in fields_of(draft).items() if row.value is not None}
    assert told == {"steps.1.verdict": "correct"}
    adjudicate.take_verdict(draft, 2, it.bens, by=it.rita)
    adjudicate.take_verdict(draft, 0, it.bens, by=it.rita)
    assert origins(it.finish(draft))[1, None][:2] == ("unanimous", None)


def test_a_proposal_counts_only_once_it_is_taken_and_keeps_its_confidence() -> None:
    it = Disputed()
    proposal = proposals_of(it.response)[1]
    assert (proposal.category, proposal.ratings) == ("correct", 2)
    draft = it.begin()
    assert not fields_of(draft)
    adjudicate.take_proposal(draft, 1, by=it.rita)
    adjudicate.take_verdict(draft, 2, it.bens, by=it.rita)
    adjudicate.take_verdict(draft, 0, it.bens, by=it.rita)
    it.finish(draft)
    row = Provenance.objects.get(step=1)
    assert (row.how, row.source) == ("proposed", None)
    assert row.confidence == pytest.approx(proposal.confidence)


def test_what_is_not_decided_is_asked_for() -> None:
    it = Disputed()
    with pytest.raises(Incomplete):
        it.finish(it.begin())
    assert not Reference.objects.exists()


def test_who_wrote_one_of_the_critiques_decides_nothing() -> None:
    it = Disputed()
    a_critique(it.response, by=it.rita)
    with pytest.raises(PermissionDenied, match="somebody else"):
        it.begin()
    with pytest.raises(PermissionDenied):
        adjudicate.begin(it.response, by=it.ann)


def test_references_are_versioned_and_a_second_adjudicator_is_told() -> None:
    it = Disputed()
    rob = a_person("rob", role="reviewer", project=it.project)
    mine, theirs = it.begin(), adjudicate.begin(it.response, by=rob)
    for draft, who in ((mine, it.rita), (theirs, rob)):
        adjudicate.take_all(draft, it.bens, by=who)
    first = it.finish(mine)
    with pytest.raises(Settled):
        submit_critique(theirs.pk, rob)
    assert Draft.objects.filter(pk=theirs.pk).exists()
    again = it.begin()
    adjudicate.take_all(again, it.anns, by=it.rita)
    second = it.finish(again)
    versions = Reference.objects.order_by("version").values_list("version", "critique")
    assert list(versions) == [(1, first.pk), (2, second.pk)]
    assert LogEntry.objects.filter(verb="adjudicate").first().before == {"version": 1}


def test_the_worst_disagreement_comes_first_and_what_is_settled_leaves() -> None:
    it = Disputed()
    milder = a_response(4, project=it.project)
    a_critique(milder, by=it.ann)
    a_critique(milder, "correct", "incorrect", by=it.ben)
    alone = a_response(2, project=it.project)
    a_critique(alone, by=it.ann)
    rows = AdjudicationQueue(it.project, it.rita)[0:10]
    assert [row.response for row in rows] == [it.response.pk, milder.pk]
    worst = rows[0]
    assert (worst.people, worst.steps, worst.answer) == (2, 1, True)
    assert worst.disagreement == pytest.approx(2 / 3)  # the second step and the answer, of two steps and the answer
    assert len(AdjudicationQueue(it.project, it.ann)) == 0, "nothing that oneself critiqued"
    draft = it.begin()
    adjudicate.take_all(draft, it.anns, by=it.rita)
    it.finish(draft)
    assert [row.response for row in AdjudicationQueue(it.project, it.rita)[0:10]] == [milder.pk]
    a_critique(it.response, by=a_person("cleo", role="annotator", project=it.project))
    assert len(AdjudicationQueue(it.project, it.rita)) == 2, "a newer reading opens it again"


def test_provenance_never_changes() -> None:
    it = Disputed()
    draft = it.begin()
    adjudicate.take_all(draft, it.bens, by=it.rita)
    it.finish(draft)
    for statement in ("UPDATE annotations_provenance SET why = 'x'", "DELETE FROM annotations_provenance"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
