"""The court: findings that only people or only critics have, put before judges who do not see whose they are.

Insert-only. A case is one finding; what is the same by the project's matching when the court was opened is the same
case (`same_as`), so that a thing is ruled on once. Ids are random: their order is the shuffled one, and tells nothing.
"""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.critique import Critique
from annotations.models.fields import one_of
from annotations.models.project import Project
from annotations.models.response import Response

RULINGS = ("real", "nitpick", "wrong", "duplicate", "cannot_tell")


class CourtCase(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="court_cases")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="court_cases")
    critique = models.ForeignKey(Critique, on_delete=models.PROTECT, related_name="court_cases")
    finding = models.PositiveSmallIntegerField(help_text="Its ordinal within the critique.")
    same_as = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="others", help_text="The case whose rulings hold."
    )
    opened_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["critique", "finding"], name="one_case_per_finding"),
            models.CheckConstraint(condition=~Q(same_as=F("id")), name="case_is_not_its_own_other"),
        ]
        indexes = [
            models.Index(fields=["project", "id"], condition=Q(same_as=None), name="cases_to_rule_on"),
            models.Index(fields=["response"], name="cases_of_response"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class CourtRuling(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(CourtCase, on_delete=models.PROTECT, related_name="rulings")
    judge = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=11)
    duplicate_critique = models.ForeignKey(Critique, null=True, on_delete=models.PROTECT, related_name="+")
    duplicate_finding = models.PositiveSmallIntegerField(null=True)
    words = models.TextField(blank=True)
    ruled_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["ruled_at", "id"]
        constraints = [
            one_of("kind", RULINGS, "court_ruling_kind"),
            models.UniqueConstraint(fields=["case", "judge"], name="one_ruling_per_judge"),
            models.CheckConstraint(
                condition=Q(kind="duplicate", duplicate_critique__isnull=False, duplicate_finding__isnull=False)
                | (~Q(kind="duplicate") & Q(duplicate_critique=None, duplicate_finding=None)),
                name="a_duplicate_names_its_other",
            ),
        ]

    def __str__(self) -> str:
        return self.kind
