"""What people report about items, and what reviewers decide: other cuts into steps, broken items. Insert-only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.fields import one_of
from annotations.models.project import Project
from annotations.models.response import Response

USER = settings.AUTH_USER_MODEL


class CutProposal(models.Model):
    """“This step is split badly”: one cut more, or one less, at a position of the response's source text."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="cut_proposals")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="cut_proposals")
    segmentation = models.PositiveSmallIntegerField(help_text="The cut that the person saw.")
    kind = models.CharField(max_length=5)
    at = models.PositiveIntegerField(help_text="Code points before the cut; of a join: before the first step's end.")
    proposed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["proposed_at", "id"]
        constraints = [
            one_of("kind", ("split", "join"), "cut_proposal_kind"),
            models.UniqueConstraint(fields=["response", "segmentation", "kind", "at"], name="one_proposal_per_cut"),
        ]
        indexes = [models.Index(fields=["project", "proposed_at", "id"], name="cut_proposals_of_project")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"


class CutRuling(models.Model):
    """A reviewer's decision on a proposal; an accepted one names the segmentation that it made."""

    proposal = models.OneToOneField(CutProposal, primary_key=True, on_delete=models.PROTECT, related_name="ruling")
    accepted = models.BooleanField()
    reason = models.TextField(blank=True)
    segmentation = models.PositiveSmallIntegerField(null=True)
    ruled_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    ruled_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted=True, segmentation__isnull=False)
                | Q(accepted=False, segmentation=None) & ~Q(reason=""),
                name="accepted_with_a_cut_or_declined_with_a_reason",
            )
        ]

    def __str__(self) -> str:
        return "accepted" if self.accepted else "declined"


class ItemRuling(models.Model):
    """A lead's decision on an item that was reported broken: it goes on in the queue, or leaves it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="item_rulings")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="item_rulings")
    decision = models.CharField(max_length=8)
    reason = models.TextField(blank=True)
    ruled_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    ruled_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["ruled_at", "id"]
        constraints = [one_of("decision", ("put_back", "retired"), "item_ruling_decision")]
        indexes = [models.Index(fields=["response", "-ruled_at"], name="rulings_on_item")]

    def __str__(self) -> str:
        return self.decision
