"""Critics, their runs and jobs, and the workers that are alive."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models import Image, Problem, Project, Response, Work

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
    """A critic applied to many responses, one job each (per part and sample). Its kind (workers/kinds/) says what for.

    A budget that is null has no end. `seconds` counts time during which the run was running, `why` says why it is not.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="runs")
    critic = models.ForeignKey(Critic, on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=40, default="critique", help_text="A file of workers/kinds/.")
    parameters = models.JSONField(default=dict, help_text="Of its kind: what all jobs share.")
    state = models.CharField(max_length=9, default="running")
    why = models.TextField(blank=True, help_text="Why it is paused.")
    samples = models.PositiveSmallIntegerField(default=1)
    seed = models.BigIntegerField(default=0)
    priority = models.SmallIntegerField(default=0)
    chosen = models.JSONField(default=dict, help_text="How its responses were chosen, to choose new ones alike.")
    is_standing = models.BooleanField(default=False, help_text="New responses get jobs by themselves.")
    budget_calls = models.PositiveBigIntegerField(null=True)
    budget_tokens = models.PositiveBigIntegerField(null=True)
    budget_seconds = models.PositiveBigIntegerField(null=True)
    job_count = models.PositiveIntegerField()
    tokens_in = models.BigIntegerField(default=0)
    tokens_out = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0, help_text="Before the present stretch.")
    resumed_at = models.DateTimeField(null=True, help_text="When the present stretch of work began.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["running", "paused", "done", "cancelled"]), name="run_states")
        ]
        indexes = [
            models.Index(fields=["project", "-created_at"], name="runs_of_project"),
            models.Index(fields=["critic"], condition=Q(finished_at=None), name="open_runs"),
            models.Index(fields=["project"], condition=Q(is_standing=True), name="standing_runs"),
        ]

    def __str__(self) -> str:
        return f"{self.critic} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def has_budget(self) -> bool:
        return any(limit is not None for limit in (self.budget_calls, self.budget_tokens, self.budget_seconds))


class Job(models.Model):
    """One response (part and sample) of a run; its state, lease, parameters and result are its work row's."""

    work = models.OneToOneField(Work, primary_key=True, on_delete=models.PROTECT, related_name="job")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="jobs")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=100, blank=True, help_text="What of the response, where a run's kind says so.")
    sample = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "response", "part", "sample"], name="one_job_per_part_and_sample")
        ]

    def __str__(self) -> str:
        return f"job of {self.run_id}"


class Worker(models.Model):
    """A worker's presence: rows with a heartbeat, on every broker alike."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    queues = models.CharField(max_length=200)
    device = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=300, blank=True, help_text="The one that is loaded, with its engine.")
    doing = models.CharField(max_length=200, blank=True)
    doing_since = models.DateTimeField(null=True)
    host = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    heartbeat_at = models.DateTimeField(db_default=Now())
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-heartbeat_at"]

    def __str__(self) -> str:
        return self.name


class KnownModel(models.Model):
    """What a worker found a model able to do when it last loaded it: a run is refused before it starts.

    `description` is an `EngineDescription`.
    """

    engine = models.CharField(max_length=60)
    model = models.CharField(max_length=300)
    description = models.JSONField()
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["engine", "model"], name="known_model")]

    def __str__(self) -> str:
        return f"{self.model} on {self.engine}"


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


class ProblemNote(models.Model):
    """What critics made of a problem once, for all its responses: `value` is JSON of its kind (notes.py).

    Written once; the recipe tells apart notes that were made differently (by another prompt, or with another number).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Their constraints stand in migration 0006: ON DELETE CASCADE, for `erase_project`.
    problem = models.ForeignKey(Problem, db_constraint=False, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    recipe = models.CharField(max_length=32)
    value = models.JSONField()
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["problem", "kind", "recipe"], name="note_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.problem_id}"


class PromptVersion(models.Model):
    """A project's own version of a prompt; the latest is in force, for runs that start after it was written."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, db_constraint=False, on_delete=models.PROTECT, related_name="prompt_versions")
    name = models.CharField(max_length=60, help_text="Of the file in workers/prompts/.")
    number = models.PositiveIntegerField(help_text="From 1, for each name.")
    text = models.TextField()
    hash = models.CharField(max_length=64, help_text="SHA-256 of the text.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name", "-number"]
        constraints = [models.UniqueConstraint(fields=["project", "name", "number"], name="prompt_version_number")]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
