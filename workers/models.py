"""Critics, their runs and jobs, and the workers that are alive."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models import Image, Project, Response, Work

USER = settings.AUTH_USER_MODEL


class Critic(models.Model):
    """A method × an engine × a model × settings. Its runs copy all of it into their author row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="critics")
    name = models.SlugField(max_length=60)
    method = models.CharField(max_length=60)
    engine = models.CharField(max_length=60, default="torch_local")
    model = models.CharField(max_length=300, default="default", help_text="A path, or `default` for the built-in one.")
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="critic_by_name")]

    def __str__(self) -> str:
        return self.name


class Endpoint(models.Model):
    """A far end for the engine `openai_http`, made by an instance admin; a critic names it as its model.

    `sealed_key` is the API key, encrypted (endpoints.py); it is empty where the environment holds the key, or none is
    needed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.SlugField(max_length=60, unique=True)
    base_url = models.CharField(max_length=500)
    model = models.CharField(max_length=300, help_text="As its server calls it.")
    sealed_key = models.TextField(blank=True, editable=False)
    sees_images = models.BooleanField(default=False)
    in_flight = models.PositiveSmallIntegerField(default=16)
    deadline_seconds = models.PositiveIntegerField(default=600)
    longest_side = models.PositiveIntegerField(default=2048, help_text="Pixels of a picture that is sent.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(in_flight__gte=1, in_flight__lte=256)
                & Q(deadline_seconds__gte=5, deadline_seconds__lte=86400)
                & Q(longest_side__gte=64, longest_side__lte=16384),
                name="endpoint_limits",
            ),
            models.CheckConstraint(condition=Q(base_url__regex=r"^https?://[^@?#]+$"), name="endpoint_address"),
        ]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """A critic applied to many responses, one job each (and per sample)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="runs")
    critic = models.ForeignKey(Critic, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=9, default="running")
    samples = models.PositiveSmallIntegerField(default=1)
    seed = models.BigIntegerField(default=0)
    priority = models.SmallIntegerField(default=0)
    job_count = models.PositiveIntegerField()
    tokens_in = models.BigIntegerField(default=0)
    tokens_out = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["running", "done", "cancelled"]), name="run_state")
        ]
        indexes = [models.Index(fields=["project", "-created_at"], name="runs_of_project")]

    def __str__(self) -> str:
        return f"{self.critic} {self.created_at:%Y-%m-%d %H:%M}"


class Job(models.Model):
    """One response (and sample) of a run; its state and lease are its work row's."""

    work = models.OneToOneField(Work, primary_key=True, on_delete=models.PROTECT, related_name="job")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="jobs")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+")
    sample = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "response", "sample"], name="one_job_per_sample")]

    def __str__(self) -> str:
        return f"job of {self.run_id}"


class Worker(models.Model):
    """A worker's presence: rows with a heartbeat, on every broker alike."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    queues = models.CharField(max_length=200)
    device = models.CharField(max_length=60, blank=True)
    doing = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    heartbeat_at = models.DateTimeField(db_default=Now())
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-heartbeat_at"]

    def __str__(self) -> str:
        return self.name


class ImageReading(models.Model):
    """The text that OCR found in an image, read once, for critics whose model has no eyes.

    `lines` has {"text", "confidence", "box"} each, as `engines.ocr.OcrLine`.
    """

    # Its constraint stands in migration 0003: ON DELETE CASCADE, for `erase_project`.
    image = models.OneToOneField(
        Image, primary_key=True, db_constraint=False, on_delete=models.PROTECT, related_name="+"
    )
    lines = models.JSONField()
    read_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"text in {self.image_id}"
