"""Where a reference comes from: for each of its verdicts and findings whose it was, what was done to it, and why."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotations.core.ids import new_id
from annotations.core.schema import PROVENANCES
from annotations.models.critique import CONFIDENCE_IS_A_FRACTION, Critique
from annotations.models.fields import one_of
from annotations.models.project import Project
from annotations.models.response import Response


class Provenance(models.Model):
    """Of one verdict (`finding` null; step 0 is the answer) or one finding of an adjudicated critique. Insert-only.

    `source` is the critique that it was taken from, `source_finding` the ordinal there. Who decided is the author of
    the adjudicated critique, and edited it where `how` says so; when, the time at which that was stored.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+")
    critique = models.ForeignKey(Critique, on_delete=models.PROTECT, related_name="provenance")
    step = models.PositiveSmallIntegerField()
    finding = models.PositiveSmallIntegerField(null=True, help_text="Its ordinal within the adjudicated critique.")
    how = models.CharField(max_length=9)
    source = models.ForeignKey(Critique, null=True, on_delete=models.PROTECT, related_name="+")
    source_finding = models.PositiveSmallIntegerField(null=True)
    confidence = models.FloatField(null=True, help_text="Of a proposal that was taken.")
    why = models.TextField(blank=True)

    class Meta:
        ordering = ["critique", "step", "finding"]
        constraints = [
            one_of("how", PROVENANCES, "provenance_how"),
            models.UniqueConstraint(
                fields=["critique", "step", "finding"], nulls_distinct=False, name="one_provenance_a_part"
            ),
            models.CheckConstraint(
                condition=Q(how__in=["taken", "edited"], source__isnull=False)
                | (~Q(how__in=["taken", "edited"]) & Q(source=None, source_finding=None)),
                name="a_source_where_it_was_taken",
            ),
            models.CheckConstraint(condition=CONFIDENCE_IS_A_FRACTION, name="provenance_confidence"),
        ]

    def __str__(self) -> str:
        return self.how
