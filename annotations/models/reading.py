"""What happens when people read critiques that are there: shown, reacted to, rated. Insert-only, all of it.

The critique that was read never changes. A change of mind is a new row; the latest of a person counts.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.core.schema import REACTIONS, USEFULNESS
from annotations.models.critique import Author, Critique
from annotations.models.fields import one_of
from annotations.models.project import Project
from annotations.models.response import Response


class Showing(models.Model):
    """When a person was first shown a critique by somebody else or, with `correction`, what came of a critique."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="showings")
    critique = models.ForeignKey(Critique, on_delete=models.PROTECT, related_name="showings")
    correction = models.ForeignKey(Response, null=True, on_delete=models.PROTECT, related_name="showings")
    shown_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["author", "critique", "correction"], nulls_distinct=False, name="shown_first_once"
            ),
            models.UniqueConstraint(fields=["author", "critique", "correction", "shown_at"], name="showing_with_time"),
        ]

    def __str__(self) -> str:
        return f"{self.author_id} was shown {self.correction_id or self.critique_id}"


class Reaction(models.Model):
    """What a person says of one finding of a critic, with their own critique beside it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="reactions")
    critique = models.ForeignKey(Critique, on_delete=models.PROTECT, related_name="reactions")
    finding = models.PositiveSmallIntegerField(help_text="Its ordinal within the critique.")
    beside = models.ForeignKey(
        Critique, on_delete=models.PROTECT, related_name="+", help_text="The person's own critique at that time."
    )
    kind = models.CharField(max_length=12)
    reacted_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["reacted_at", "id"]
        constraints = [
            one_of("kind", REACTIONS, "reaction_kind"),
            models.CheckConstraint(condition=~Q(critique=F("beside")), name="no_reaction_to_oneself"),
        ]
        indexes = [models.Index(fields=["critique", "author", "-reacted_at"], name="reactions_to_critique")]

    def __str__(self) -> str:
        return f"{self.kind} on finding {self.finding}"


class UsefulnessRating(models.Model):
    """Whether a critique helps: in foresight (before its outcome was shown), or in hindsight (after).

    Source: RLHS, feedback after simulated consequences. In hindsight the rating names the correction that was shown
    and when: the database takes none without that showing, and none in foresight after one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="ratings")
    critique = models.ForeignKey(Critique, on_delete=models.PROTECT, related_name="ratings")
    correction = models.ForeignKey(Response, null=True, on_delete=models.PROTECT, related_name="ratings")
    shown_at = models.DateTimeField(null=True)
    rating = models.CharField(max_length=14)
    words = models.TextField(blank=True)
    rated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["rated_at", "id"]
        constraints = [
            one_of("rating", USEFULNESS, "usefulness_rating"),
            models.CheckConstraint(
                condition=Q(correction=None, shown_at=None)
                | Q(correction__isnull=False, shown_at__isnull=False, rated_at__gte=F("shown_at")),
                name="hindsight_after_showing",
            ),
        ]
        indexes = [models.Index(fields=["critique", "author", "-rated_at"], name="ratings_of_critique")]

    def __str__(self) -> str:
        return self.rating
