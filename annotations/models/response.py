"""A response: one model's chain for a problem, with its steps as ranges of the source text under a segmentation."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.fields import PreservedJSONField
from annotations.models.problem import Problem
from annotations.models.project import Project


class Response(models.Model):
    """Written once, but for `segmentation`: the number of the segmentation that new critiques are made under."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="responses")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="responses")
    key = models.CharField(max_length=300, help_text="The name it came with; unique in the project.")
    source_text = models.TextField()
    answer = models.TextField(null=True)  # noqa: DJ001  "no answer" is not "the empty answer"
    generator = models.CharField(max_length=200, blank=True)
    checkpoint = models.CharField(max_length=200, blank=True)
    sample = models.PositiveIntegerField(default=0)
    revises = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    guided_by = models.ForeignKey("Critique", null=True, on_delete=models.PROTECT, related_name="corrections")
    extra = PreservedJSONField(default=dict)
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the record without its critiques.")
    segmentation = models.PositiveSmallIntegerField(default=1)
    step_count = models.PositiveSmallIntegerField(help_text="Of the first segmentation.")
    position = models.BigIntegerField(help_text="Order in which it came in.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="response_by_key"),
            models.UniqueConstraint(fields=["id", "problem", "project"], name="response_in_problem"),
            models.CheckConstraint(
                condition=Q(guided_by=None) | Q(revises__isnull=False), name="only_a_correction_is_guided"
            ),
        ]
        indexes = [models.Index(fields=["project", "position", "id"], name="response_order")]

    def __str__(self) -> str:
        return self.key


class Segmentation(models.Model):
    """One way to cut a response into steps. Critiques name theirs, so that a new cut never moves an old judgment."""

    pk = models.CompositePrimaryKey("response_id", "number")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="segmentations")
    number = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=60, blank=True)
    step_count = models.PositiveSmallIntegerField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "number", "step_count"], name="segmentation_with_count"),
            models.CheckConstraint(condition=Q(number__gte=1, step_count__gte=1), name="segmentation_has_steps"),
        ]

    def __str__(self) -> str:
        return f"segmentation {self.number}"


class Step(models.Model):
    """Code points `start <= i < end` of the response's source text. `length` is what spans are checked against."""

    pk = models.CompositePrimaryKey("response_id", "segmentation", "number")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="steps")
    segmentation = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    step_count = models.PositiveSmallIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    length = models.PositiveIntegerField()

    class Meta:
        ordering = ["response", "segmentation", "number"]
        constraints = [
            models.UniqueConstraint(fields=["response", "segmentation", "number", "length"], name="step_with_length"),
            models.CheckConstraint(condition=Q(length=F("end") - F("start")), name="step_length"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=F("step_count")), name="step_in_count"),
        ]

    def __str__(self) -> str:
        return f"step {self.number}"
