"""A problem with its images. Both are written once: critiques refer to them by content."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.fields import PreservedJSONField
from annotations.models.holdout import outside_holdout
from annotations.models.project import Project


class Image(models.Model):
    """One image by content. `width` and `height` are pixels of the upright image (EXIF orientation applied).

    The original is kept byte for byte under `original_key` and never served; browsers get `rendition_key`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="images")
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=40)
    byte_size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    original_key = models.CharField(max_length=200)
    rendition_key = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "sha256"], name="image_by_content"),
            models.CheckConstraint(condition=Q(width__gte=1, height__gte=1), name="image_has_pixels"),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class ProblemQuerySet(models.QuerySet["Problem"]):
    def leaving(self) -> ProblemQuerySet:
        """Without the hidden holdout: what may go out in any form."""
        return self.filter(outside_holdout())


class Problem(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="problems")
    key = models.CharField(max_length=300, help_text="The name it came with; unique in the project.")
    question = models.TextField()
    reference_answer = models.TextField(null=True)  # noqa: DJ001  "none given" is not "the empty answer"
    options = PreservedJSONField(default=list)
    source_dataset = models.CharField(max_length=200, blank=True)
    superskill = models.CharField(max_length=100, blank=True)
    skill = models.CharField(max_length=100, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    tags = ArrayField(models.CharField(max_length=100), default=list)
    extra = PreservedJSONField(default=dict)
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the record without its responses.")
    position = models.BigIntegerField(help_text="Order in which it came in.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ProblemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="problem_by_key"),
            models.UniqueConstraint(fields=["id", "project"], name="problem_in_project"),
        ]
        indexes = [models.Index(fields=["project", "position", "id"], name="problem_order")]

    def __str__(self) -> str:
        return self.key


class ProblemImage(models.Model):
    pk = models.CompositePrimaryKey("problem_id", "number")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="problem_images")
    number = models.PositiveSmallIntegerField(help_text="From 1, in the order of the problem.")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=300, blank=True, help_text="The path that it came with.")
    description = models.TextField(blank=True, help_text="Alternative text.")

    class Meta:
        ordering = ["problem", "number"]
        constraints = [models.CheckConstraint(condition=Q(number__gte=1), name="problem_image_number")]

    def __str__(self) -> str:
        return f"image {self.number}"
