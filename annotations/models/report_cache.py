"""The last report of a project, with the fingerprint of what it was made from; made anew at will."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from annotations.models.fields import PreservedJSONField
from annotations.models.project import Project


class ReportCache(models.Model):
    project = models.OneToOneField(Project, primary_key=True, on_delete=models.CASCADE, related_name="report_cache")
    fingerprint = models.CharField(max_length=64)
    told = PreservedJSONField()
    seconds = models.FloatField(help_text="How long it took to make.")
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"report of {self.project_id}"
