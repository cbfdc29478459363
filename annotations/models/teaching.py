"""What people are shown before and beside the work: confirmed guidelines, and cards with canonical examples."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.critique import Critique
from annotations.models.project import GuidelineVersion, Project
from annotations.models.response import Response

USER = settings.AUTH_USER_MODEL


class GuidelineConfirmation(models.Model):
    """A person says that they have read this version. Insert-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="confirmations")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "user"], name="confirmed_once")]

    def __str__(self) -> str:
        return f"{self.user} read {self.version}"


class Card(models.Model):
    """A canonical example of an error type: a finding of a critique (wrong), or a step that is none (right)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="cards")
    error_type = models.CharField(max_length=81)
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="cards")
    step = models.PositiveSmallIntegerField()
    critique = models.ForeignKey(Critique, null=True, on_delete=models.PROTECT, related_name="cards")
    finding = models.PositiveSmallIntegerField(null=True, help_text="Its ordinal in the critique.")
    words = models.TextField(blank=True, help_text="A lead's comment: part of the guideline.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["project", "error_type", "created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(critique=None, finding=None) | Q(critique__isnull=False, finding__isnull=False),
                name="card_of_a_finding_or_of_none",
            )
        ]
        indexes = [models.Index(fields=["project", "error_type"], condition=Q(removed_at=None), name="cards_in_use")]

    def __str__(self) -> str:
        return self.error_type
