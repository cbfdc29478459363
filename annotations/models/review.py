"""What reviewers decide on people's critiques. Insert-only: what was submitted and what was said of it both stay."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.core.schema import REVIEW_DECISIONS
from annotations.models.critique import Author, Critique
from annotations.models.fields import one_of
from annotations.models.project import Project
from annotations.models.response import Response


class Review(models.Model):
    """A reviewer's decision on one revision of a person's critique; the next revision is reviewed anew.

    `revision` is the reviewer's own version of it, where it was accepted with changes. By composite keys (see the
    migration) `author` is the critique's and `revision` the reviewer's, so the database refuses a review of one's own.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reviews")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="reviews")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="reviews_of_theirs")
    critique = models.OneToOneField(Critique, on_delete=models.PROTECT, related_name="review")
    decision = models.CharField(max_length=12)
    reasons = models.TextField(blank=True)
    revision = models.OneToOneField(Critique, null=True, on_delete=models.PROTECT, related_name="review_that_made_it")
    reviewer = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="reviews")
    reviewed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["reviewed_at", "id"]
        constraints = [
            one_of("decision", REVIEW_DECISIONS, "review_decision"),
            models.CheckConstraint(condition=~Q(author=F("reviewer")), name="no_review_of_oneself"),
            models.CheckConstraint(condition=~Q(decision="returned", reasons=""), name="returned_with_reasons"),
            models.CheckConstraint(
                condition=Q(decision="changed", revision__isnull=False) | (~Q(decision="changed") & Q(revision=None)),
                name="changed_with_a_revision",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-reviewed_at", "-id"], name="reviews_of_project"),
            models.Index(fields=["response", "author"], name="reviews_of_response"),
        ]

    def __str__(self) -> str:
        return self.decision
