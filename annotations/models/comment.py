"""What people say to each other about an item, and of what each of them is told. Comments are insert-only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.critique import Critique
from annotations.models.fields import one_of
from annotations.models.project import Project
from annotations.models.response import Response

USER = settings.AUTH_USER_MODEL
NOTICE_KINDS = ("mention", "yours", "answer")
DIGEST_STATES = ("sending", "sent", "failed")


class Thread(models.Model):
    """Comments on one place: a response, a step of it under one segmentation, or a finding of a critique of it.

    Of a finding the step is kept too. Who may read it: verbs/comments.py.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="threads", db_index=False)
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="threads")
    segmentation = models.PositiveSmallIntegerField(null=True)
    step = models.PositiveSmallIntegerField(null=True)
    critique = models.ForeignKey(Critique, null=True, on_delete=models.PROTECT, related_name="threads")
    finding = models.PositiveSmallIntegerField(null=True, help_text="Its ordinal in the critique.")
    opened_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(step=None, segmentation=None) | Q(step__isnull=False, segmentation__isnull=False),
                name="thread_step_under_a_cut",
            ),
            models.CheckConstraint(
                condition=Q(critique=None, finding=None)
                | Q(critique__isnull=False, finding__isnull=False, step__isnull=False),
                name="thread_on_a_finding_or_on_none",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="thread_resolved_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["project", "-opened_at", "-id"], name="threads_of_project")]

    def __str__(self) -> str:
        return f"thread on {self.response_id}"


class Comment(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="comments")
    text = models.TextField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_says_something")]

    def __str__(self) -> str:
        return self.text[:60]


class Notice(models.Model):
    """That a person is told of a comment: named in it, it is about a critique of theirs, or it answers them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="notices", db_index=False)
    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=7)
    at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            one_of("kind", NOTICE_KINDS, "notice_kind"),
            models.UniqueConstraint(fields=["user", "comment"], name="told_once"),
        ]
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="notices_of_person"),
            models.Index(fields=["user", "at"], condition=Q(read_at=None), name="unread_notices"),
        ]

    def __str__(self) -> str:
        return self.kind


class Digest(models.Model):
    """A mail that tells a person of what is unread. The row is there before the mail goes: none goes twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="digests", db_index=False)
    begun_at = models.DateTimeField(db_default=Now(), editable=False)
    state = models.CharField(max_length=7, default="sending")
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-begun_at", "-id"]
        constraints = [one_of("state", DIGEST_STATES, "digest_state")]
        indexes = [models.Index(fields=["user", "-begun_at"], name="digests_of_person")]

    def __str__(self) -> str:
        return self.state
