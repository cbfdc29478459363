"""A saved mapping of an import: what becomes of another tool's fields and controls in this project."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.project import Project


class ImportMapping(models.Model):
    """`mapping` is the JSON form of `importers.mapping.Mapping`. Saving under the same name replaces it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="import_mappings")
    format = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    mapping = models.JSONField()
    saved_at = models.DateTimeField(db_default=Now())
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["format", "name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "format", "name"], name="import_mapping_by_name"),
            models.CheckConstraint(condition=~Q(name=""), name="import_mapping_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
