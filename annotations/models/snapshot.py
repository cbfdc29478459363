"""Datasets and their published versions: a snapshot and its files are written once and never change."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.fields import PreservedJSONField
from annotations.models.project import Project


class Dataset(models.Model):
    """A recipe (format, filter, options) whose published versions are snapshots. The name is unique in the instance."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="datasets")
    name = models.SlugField(max_length=100, unique=True)
    description = models.TextField(blank=True)
    format = models.CharField(max_length=40)
    filter = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Snapshot(models.Model):
    """One published version. `manifest` is the JSON that trainers get."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="snapshots")
    version = models.PositiveIntegerField()
    manifest = PreservedJSONField()
    rows = models.PositiveBigIntegerField()
    file_count = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["dataset", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "version"], name="snapshot_version"),
            models.UniqueConstraint(fields=["id", "file_count"], name="snapshot_with_count"),
            models.CheckConstraint(condition=Q(version__gte=1, file_count__gte=1), name="snapshot_has_files"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} v{self.version}"


class SnapshotFile(models.Model):
    pk = models.CompositePrimaryKey("snapshot_id", "ordinal")
    snapshot = models.ForeignKey(Snapshot, db_constraint=False, on_delete=models.PROTECT, related_name="files")
    ordinal = models.PositiveSmallIntegerField()
    file_count = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    byte_size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveBigIntegerField(null=True)
    storage_key = models.CharField(max_length=300)

    class Meta:
        ordering = ["snapshot", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "name"], name="snapshot_file_name"),
            models.CheckConstraint(condition=Q(ordinal__gte=1, ordinal__lte=F("file_count")), name="file_in_count"),
        ]

    def __str__(self) -> str:
        return self.name
