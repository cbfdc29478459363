"""Work: one row per background job of any kind. The row is the truth; a queue message is only a nudge."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.fields import one_of
from annotations.models.project import Project

WORK_STATES = ("queued", "running", "paused", "done", "failed", "cancelled")
FINISHED = ("done", "failed", "cancelled")


class WorkQuerySet(models.QuerySet["Work"]):
    def unfinished(self) -> WorkQuerySet:
        return self.exclude(state__in=FINISHED)


class Work(models.Model):
    """State, lease, progress and cancel of one job. `queue` says who may claim it, `group` what it belongs to."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="work")
    kind = models.CharField(max_length=40)
    queue = models.CharField(max_length=40)
    group = models.UUIDField(null=True, help_text="A critic's run, for its jobs.")
    priority = models.SmallIntegerField(default=0, help_text="Higher goes first.")
    state = models.CharField(max_length=9, default="queued")
    parameters = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    unit = models.CharField(max_length=20, blank=True, help_text="What done and total count: bytes, records, jobs.")
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_token = models.UUIDField(null=True, help_text="New at each claim: a late result of an old lease is refused.")
    lease_expires_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = WorkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "work"
        constraints = [
            one_of("state", WORK_STATES, "work_state"),
            models.CheckConstraint(
                condition=Q(state="running", lease_expires_at__isnull=False) | ~Q(state="running"),
                name="running_has_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "-priority", "created_at", "id"], condition=Q(state="queued"), name="claimable_work"
            ),
            models.Index(fields=["lease_expires_at"], condition=Q(state="running"), name="running_work"),
            models.Index(fields=["group", "state"], name="work_of_group"),
            models.Index(fields=["project", "-created_at"], name="work_of_project"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED
