"""Comments: seen by whoever may see what others wrote, told to nobody else, resolved, and taken into the guideline."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from annotations.core.schema import Finding, Judgment
from annotations.models import Comment, Critique, GuidelineVersion, LogEntry, Notice, Slot, Thread
from annotations.verbs import comments, teaching
from annotations.verbs.assign import next_assignment
from annotations.verbs.erase import erase_project
from annotations.verbs.store import set_reference
from tests.builders import a_critique, a_person, a_project, a_response, an_instance_admin

pytestmark = pytest.mark.django_db


class Talked:
    """A blind project that reveals, a response, a reviewer, and Ada, who is to critique it."""

    def __init__(self, **rules: Any) -> None:
        self.project = a_project(**rules)
        self.response = a_response(3, project=self.project, slots=2)
        self.reviewer = a_person("rev", role="reviewer", project=self.project)
        self.ada = a_person("ada", role="annotator", project=self.project)

    def seen_by(self, person: Any) -> set[Thread]:
        return set(comments.visible_threads(person, self.project))


def flagged(it: Talked, by: Any = None, **fields: Any) -> Critique:
    """A critique with one finding, in step 2."""
    judgments = (
        Judgment(step=1, verdict="correct"),
        Judgment(step=2, verdict="incorrect", own_error=True, findings=(Finding(explanations=("It reads 62.",)),)),
        Judgment(step=3, verdict="correct"),
    )
    return a_critique(it.response, by=by, judgments=judgments, **fields)


@pytest.mark.parametrize(
    ("rules", "holding", "submitted", "seen"),
    [
        ({}, False, False, False),
        ({}, True, False, False),
        ({}, False, True, True),
        ({"reveal": False}, False, True, False),
        ({"blind": False}, False, False, True),
        ({"blind": False, "step_reveal": True}, True, False, False),
    ],
)
def test_a_thread_is_seen_where_what_others_wrote_is(
    rules: dict[str, Any], holding: bool, submitted: bool, seen: bool
) -> None:
    it = Talked(**rules)
    comment, untold = comments.open_thread(it.response, "Look at the bar, @ada.", by=it.reviewer, step=2)
    Notice.objects.all().delete()
    if holding:
        assert next_assignment(it.ada, it.project).response == it.response
    if submitted:
        a_critique(it.response, by=it.ada)
    assert it.seen_by(it.ada) == ({comment.thread} if seen else set())
    answered, untold = comments.answer(comment.thread, "@ada?", by=it.reviewer)
    assert untold == ([] if seen else ["ada"])
    assert Notice.objects.filter(user=it.ada, comment=answered).exists() is seen


def test_a_reviewer_who_takes_the_item_sees_no_comment_until_they_have_submitted() -> None:
    it = Talked()
    comment, _ = comments.open_thread(it.response, "Step 2 is wrong.", by=it.reviewer, step=2)
    next_assignment(it.reviewer, it.project)
    assert it.seen_by(it.reviewer) == set()
    assert not comments.may_comment(it.reviewer, it.response)
    with pytest.raises(PermissionDenied):
        comments.answer(comment.thread, "Is it?", by=it.reviewer)
    with pytest.raises(PermissionDenied):
        comments.resolve(comment.thread, by=it.reviewer)


def test_of_ones_own_critique_one_is_told_where_the_project_reveals_nothing_else() -> None:
    it = Talked(reveal=False)
    own, other = flagged(it, by=it.ada), flagged(it)
    mine, _ = comments.open_thread(it.response, "Why 62?", by=it.reviewer, critique=own.pk, finding=1)
    comments.open_thread(it.response, "This one is right.", by=it.reviewer, critique=other.pk, finding=1)
    assert it.seen_by(it.ada) == {mine.thread}
    assert (mine.thread.step, mine.thread.segmentation) == (2, 1)
    assert list(Notice.objects.values_list("user", "kind")) == [(it.ada.pk, "yours")]
    with pytest.raises(PermissionDenied):
        comments.open_thread(it.response, "And this?", by=it.ada, critique=other.pk, finding=1)
    assert not Comment.objects.filter(author=it.ada).exists()


def test_a_comment_on_a_hidden_reference_does_not_tell_that_there_is_one() -> None:
    it = Talked()
    a_critique(it.response, by=it.ada)
    hidden = flagged(it)
    set_reference(hidden, "gold")
    from annotations.models import GoldItem

    GoldItem.objects.create(response=it.response, project=it.project, kind="gold")
    comment, untold = comments.open_thread(it.response, "@ada", by=it.reviewer, critique=hidden.pk, finding=1)
    assert untold == ["ada"]
    assert it.seen_by(it.ada) == set()
    assert it.seen_by(it.reviewer) == {comment.thread}


def test_who_is_named_who_wrote_and_who_spoke_before_is_told_once_and_never_oneself() -> None:
    it = Talked(blind=False)
    bea = a_person("bea", role="annotator", project=it.project)
    a_person("trainer", role="trainer", project=it.project)
    a_person("stranger")
    own = flagged(it, by=it.ada)
    comment, _ = comments.open_thread(
        it.response, "@bea. @rev @trainer @stranger a@ada", by=it.reviewer, critique=own.pk, finding=1
    )
    assert set(Notice.objects.values_list("user__username", "kind")) == {("bea", "mention"), ("ada", "yours")}
    Notice.objects.all().delete()
    comments.answer(comment.thread, "I read @ADA as 62.", by=bea)
    assert set(Notice.objects.values_list("user__username", "kind")) == {("ada", "mention"), ("rev", "answer")}


def test_a_thread_is_resolved_and_opens_again_by_hand_or_by_an_answer() -> None:
    it = Talked(blind=False)
    comment, _ = comments.open_thread(it.response, "Is it 62?", by=it.ada)
    bea = a_person("bea", role="annotator", project=it.project)
    with pytest.raises(PermissionDenied):
        comments.resolve(comment.thread, by=bea)
    comments.resolve(comment.thread, by=it.reviewer)
    assert Thread.objects.get().resolved_by == it.reviewer
    comments.resolve(comment.thread, by=it.ada, resolved=False)
    assert Thread.objects.get().resolved_at is None
    comments.resolve(comment.thread, by=it.ada)
    comments.answer(comment.thread, "Not yet.", by=bea)
    assert Thread.objects.get().resolved_at is None


@pytest.mark.parametrize("asked", [{"text": " \n"}, {"text": "x" * 4001}, {"text": "a\0b"}, {"step": 4}, {"step": 0}])
def test_what_says_nothing_or_lies_nowhere_is_refused(asked: dict[str, Any]) -> None:
    it = Talked()
    with pytest.raises(ValidationError):
        comments.open_thread(it.response, asked.get("text", "Hm."), by=it.reviewer, step=asked.get("step"))
    with pytest.raises(PermissionDenied):
        comments.open_thread(it.response, "Hm.", by=it.reviewer, critique=flagged(it).pk, finding=2)


def test_what_was_said_stays() -> None:
    it = Talked()
    comment, _ = comments.open_thread(it.response, "Hm.", by=it.reviewer)
    for change in (
        lambda: Comment.objects.filter(pk=comment.pk).update(text="Ha."),
        lambda: Comment.objects.filter(pk=comment.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_comments_go_with_their_project() -> None:
    it = Talked(blind=False)
    own = flagged(it, by=it.ada)
    comments.open_thread(it.response, "Why?", by=it.reviewer, critique=own.pk, finding=1)
    comments.open_thread(it.response, "@ada", by=it.reviewer, step=1)
    erase_project(it.project, by=an_instance_admin(), confirm_slug=it.project.slug)
    assert not Thread.objects.exists()
    assert not Notice.objects.exists()


class TestIntoTheGuideline:
    def test_a_comment_becomes_part_of_it_with_its_example(self) -> None:
        it = Talked()
        admin = a_person("lead", role="admin", project=it.project)
        Slot.objects.filter(response=it.response).update(state="done")
        said, _ = comments.open_thread(
            it.response, "Read the *axis* first.", by=admin, critique=flagged(it).pk, finding=1
        )
        text = teaching.guideline_with(said)
        assert text.startswith("# Guideline\n\nJudge each step *on its own*.\n\n> ")
        assert "Step 2: Step 2 says something about the picture." in text
        assert "> Finding: It reads 62." in text
        assert text.endswith("\n\nRead the *axis* first.\n")
        version = teaching.comment_into_guideline(said, text + "Always.", by=admin)
        assert GuidelineVersion.objects.get(project=it.project, number=2) == version
        assert version.text == text + "Always."
        line = LogEntry.objects.get(verb="comment_into_guideline")
        assert line.after == {"comment": str(said.pk), "response": it.response.key}

    def test_an_example_that_waits_for_critiques_teaches_nobody(self) -> None:
        it = Talked()
        admin = a_person("lead", role="admin", project=it.project)
        said, _ = comments.open_thread(it.response, "Read the axis first.", by=admin)
        with pytest.raises(ValidationError, match="waits for critiques"):
            teaching.comment_into_guideline(said, "New.", by=admin)
        assert GuidelineVersion.objects.filter(project=it.project).count() == 1

    def test_it_takes_an_admin(self) -> None:
        it = Talked()
        Slot.objects.filter(response=it.response).update(state="done")
        said, _ = comments.open_thread(it.response, "Read the axis first.", by=it.reviewer)
        with pytest.raises(PermissionDenied):
            teaching.comment_into_guideline(said, "New.", by=it.reviewer)
