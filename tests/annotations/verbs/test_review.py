"""Review: decided once a revision, never on one's own work; what was submitted and what was said of it both stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from annotations.metrics.report import report
from annotations.models import Critique, Draft, Problem, Review
from annotations.models.records import critique_record, problem_records
from annotations.verbs import review
from annotations.verbs.assign import next_assignment
from annotations.verbs.draft import DraftInTheWay, Edit, revise, save
from annotations.verbs.own_agreement import own_agreement
from annotations.verbs.review_queue import ReviewQueue
from annotations.verbs.submit import submit_critique
from tests.builders import a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db


class Reviewed:
    """A chain of two steps, Ann's critique of it, and a reviewer."""

    def __init__(self, **rules: Any) -> None:
        self.project = a_project("pilot", review_sampling="all", **rules)
        self.ann = a_person("ann", role="annotator", project=self.project)
        self.reviewer = a_person("rita", role="reviewer", project=self.project)
        self.response = a_response(2, project=self.project)
        self.critique = self.stored(a_critique(self.response, by=self.ann))

    def stored(self, critique: Critique) -> Critique:
        return Critique.objects.select_related("author", "project", "response__project").get(pk=critique.pk)

    def queue(self, by: Any = None) -> list[Any]:
        return [row.critique for row in ReviewQueue(self.project, by or self.reviewer)[:50]]


def write(draft: Draft, **values: Any) -> None:
    edits = [(path.replace("_at_", "."), value) for path, value in values.items()]
    base = draft.version
    save(draft, [
        Edit(path=path, value=value, base_version=base, client="tab", number=base + n)
        for n, (path, value) in enumerate(edits, 1)
    ])  # fmt: skip


def test_accepted_is_decided_once() -> None:
    it = Reviewed()
    assert it.queue() == [it.critique.pk]
    review.accept(it.critique, by=it.reviewer)
    assert it.queue() == []
    with pytest.raises(review.Settled):
        review.send_back(it.critique, "Look at step 2.", by=it.reviewer)
    assert Review.objects.get().decision == "accepted"


def test_nobody_reviews_their_own_work_and_the_database_says_so_too() -> None:
    it = Reviewed()
    own = it.stored(a_critique(a_response(2, project=it.project), by=it.reviewer))
    assert own.pk not in it.queue()
    with pytest.raises(PermissionDenied):
        review.accept(own, by=it.reviewer)
    row = Review(
        project=it.project, response=own.response, author=own.author, critique=own, decision="accepted",
        reviewer=own.author,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="no_review_of_oneself"), transaction.atomic():
        row.save(force_insert=True)


def test_annotators_and_critics_are_no_matter_of_review() -> None:
    it = Reviewed()
    with pytest.raises(PermissionDenied):
        review.accept(it.critique, by=a_person(role="annotator", project=it.project))
    with pytest.raises(PermissionDenied):
        review.accept(it.stored(a_critique(it.response)), by=it.reviewer)


def test_an_item_that_the_reviewer_holds_blindly_is_out_of_sight() -> None:
    it = Reviewed()
    assert next_assignment(it.reviewer, it.project).response_id == it.response.pk
    assert it.queue() == []
    with pytest.raises(PermissionDenied, match="your own critique"):
        review.accept(it.critique, by=it.reviewer)


def test_returned_revised_resubmitted() -> None:
    it = Reviewed()
    with pytest.raises(ValueError, match="expected what to look at"):
        review.send_back(it.critique, " \n", by=it.reviewer)
    review.send_back(it.critique, "Step 2 reads 62.\r\nLook again.", by=it.reviewer)
    (returned,) = review.returned_to(it.ann, it.project)
    assert returned.review.reasons == "Step 2 reads 62.\nLook again."
    assert it.queue() == []
    draft = revise(it.critique, it.ann)
    write(draft, steps_at_2_at_reason="", answer_at_verdict="correct")
    second = submit_critique(draft.pk, it.ann)
    assert (second.revision, second.supersedes_id) == (2, it.critique.pk)
    assert not review.returned_to(it.ann, it.project).exists()
    (waiting,) = ReviewQueue(it.project, it.reviewer)[:50]
    assert (waiting.critique, waiting.risks[0]) == (second.pk, "resubmitted")
    assert Critique.objects.filter(pk=it.critique.pk).exists(), "both are kept"
    with pytest.raises(review.Settled, match="later revision"):
        review.accept(it.critique, by=a_person(role="reviewer", project=it.project))


def test_what_comes_back_revised_waits_whatever_the_project_samples() -> None:
    it = Reviewed()
    review.send_back(it.critique, "Again.", by=it.reviewer)
    draft = revise(it.critique, it.ann)
    write(draft, answer_at_verdict="correct")
    second = submit_critique(draft.pk, it.ann)
    it.project.review_sampling = "none"
    assert it.queue() == [second.pk]


def test_accepted_with_changes_is_a_critique_of_the_reviewers_own() -> None:
    it = Reviewed()
    draft = review.change(it.critique, by=it.reviewer)
    assert review.change(it.critique, by=it.reviewer) == draft, "gone on with"
    write(
        draft, steps_at_2_at_verdict="incorrect", findings_at_a_at_step=2,
        findings_at_a_at_explanation="It reads 62.", answer_at_verdict="incorrect",
    )  # fmt: skip
    changed = submit_critique(draft.pk, it.reviewer)
    assert submit_critique(draft.pk, it.reviewer) == changed, "once, however often it is asked"
    assert (changed.stage, changed.author.user, changed.sample) == ("review", it.reviewer, 1)
    made = Review.objects.get()
    assert (made.decision, made.revision, made.critique) == ("changed", changed, it.critique)
    assert Critique.objects.latest().filter(pk=it.critique.pk).exists(), "Ann's stands as it was"
    assert critique_record(Critique.objects.whole().get(pk=it.critique.pk)).judgments[1].verdict == "correct"


def test_a_reviewers_version_is_no_reading_of_their_own() -> None:
    it = Reviewed()
    draft = review.change(it.critique, by=it.reviewer)
    write(draft, answer_at_verdict="correct")
    submit_critique(draft.pk, it.reviewer)
    assert own_agreement(it.ann, it.project).steps == 0
    problems = (record for _, record in problem_records(Problem.objects.all(), Critique.objects.latest()))
    assert report(problems, resamples=10).people_agreement == {}
    assert next_assignment(it.reviewer, it.project) is None, "nor do they get the item as an annotator"


def test_one_draft_of_a_response_at_a_time() -> None:
    it = Reviewed(overlap=2)
    own = a_critique(it.response, by=it.reviewer)
    revise(own, it.reviewer)
    with pytest.raises(DraftInTheWay):
        review.change(it.critique, by=it.reviewer)
    Draft.objects.all().delete()
    review.change(it.critique, by=it.reviewer)
    with pytest.raises(DraftInTheWay):
        revise(own, it.reviewer)
    review.drop_changes(it.critique, by=it.reviewer)
    assert revise(own, it.reviewer).purpose == "critique"


def test_changes_to_a_critique_that_somebody_else_settled_are_refused_and_kept() -> None:
    it = Reviewed()
    draft = review.change(it.critique, by=it.reviewer)
    write(draft, answer_at_verdict="correct")
    review.accept(it.critique, by=a_person(role="reviewer", project=it.project))
    with pytest.raises(review.Settled):
        submit_critique(draft.pk, it.reviewer)
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_reviews_never_change() -> None:
    it = Reviewed()
    review.accept(it.critique, by=it.reviewer)
    for statement in ("UPDATE annotations_review SET reasons = 'x'", "DELETE FROM annotations_review"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_by_rate_a_fixed_share_is_drawn() -> None:
    it = Reviewed()
    for _ in range(199):
        a_critique(a_response(1, project=it.project), by=it.ann)
    it.project.review_sampling, it.project.review_percent = "rate", 30
    drawn = ReviewQueue(it.project, it.reviewer)
    assert 35 <= len(drawn) <= 85  # 60 of 200, ± 4 standard deviations
    first = [row.critique for row in drawn[:200]]
    assert first == [row.critique for row in drawn[:200]]
    it.project.review_percent = 0
    assert len(ReviewQueue(it.project, it.reviewer)) == 0


def test_by_risk_each_sign_is_told_and_the_most_pressing_comes_first() -> None:
    it = Reviewed()
    for _ in range(8):
        a_critique(a_response(2, project=it.project), by=it.ann, active_seconds=60.0)
    it.project.review_sampling = "risk"
    quick = a_critique(a_response(2, project=it.project), by=it.ann, active_seconds=4.0)
    unsure = a_critique(a_response(2, project=it.project), "unsure", by=it.ann, active_seconds=60.0)
    shared = a_response(2, project=it.project)
    differing = a_critique(shared, "incorrect", by=it.ann, active_seconds=60.0)
    theirs = a_critique(shared, by=a_person("ben", role="annotator", project=it.project))
    told = {row.critique: row.risks for row in ReviewQueue(it.project, it.reviewer)[:50]}
    assert told[quick.pk] == ("quick",)
    assert told[unsure.pk] == ("unsure",)
    assert told[differing.pk] == ("differs",)
    assert told[theirs.pk] == ("differs", "new")
    assert next(iter(told)) == theirs.pk
    assert len(told) == 5 + 4, "Ann's first five, and these"


def test_two_reviewers_at_once_decide_once(committed_db: None) -> None:
    it = Reviewed()
    other = a_person(role="reviewer", project=it.project)

    def decide(who: Any) -> str:
        try:
            return review.accept(it.critique, by=who).decision
        except review.Settled:
            return "settled"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, [it.reviewer, other])) == ["accepted", "settled"]
