"""Items whose truth is known: gold, and plants (a known error in a chain that was correct); and what comes of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.critique import Critique
from annotations.models.fields import one_of
from annotations.models.project import Project
from annotations.models.response import Response

USER = settings.AUTH_USER_MODEL
PLANT_STATES = ("proposed", "accepted", "declined")
LEVELS = ("warned", "paused", "called")


class GoldItem(models.Model):
    """A response that is hidden among the work: its reference says what is right. It has no places in the queue."""

    response = models.OneToOneField(Response, primary_key=True, on_delete=models.PROTECT, related_name="gold")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="gold_items", db_index=False)
    kind = models.CharField(max_length=5)
    added_at = models.DateTimeField(db_default=Now(), editable=False)
    added_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-added_at"]
        constraints = [one_of("kind", ("gold", "plant"), "gold_item_kind")]
        indexes = [models.Index(fields=["project", "kind"], condition=Q(retired_at=None), name="gold_in_use")]

    def __str__(self) -> str:
        return f"{self.kind} {self.response_id}"


class Plant(models.Model):
    """A known error in a chain that was correct. `critique` says all of it: step, type, severity, span and regions."""

    response = models.OneToOneField(Response, primary_key=True, on_delete=models.PROTECT, related_name="plant")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="plants")
    origin = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="plants_from")
    critique = models.OneToOneField(Critique, on_delete=models.PROTECT, related_name="plant")
    kind = models.CharField(max_length=40, help_text="What was planted: a file of annotations/plants/, or by hand.")
    step = models.PositiveSmallIntegerField()
    before = models.TextField(help_text="The step's text as it was.")
    maker = models.CharField(max_length=6)
    consistent = models.BooleanField(help_text="Whether later steps follow from the error.")
    seed = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, default="proposed")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            one_of("state", PLANT_STATES, "plant_state"),
            one_of("maker", ("rule", "engine", "hand"), "plant_maker"),
            models.CheckConstraint(
                condition=Q(state="proposed", reviewed_at=None) | (~Q(state="proposed") & Q(reviewed_at__isnull=False)),
                name="plant_reviewed_unless_proposed",
            ),
        ]
        indexes = [models.Index(fields=["project", "state", "-created_at"], name="plants_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} in step {self.step}"


class GoldSignal(models.Model):
    """A person's estimate fell below a threshold: a warning, then a pause, then a call to a reviewer, who lifts it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="gold_signals")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="gold_signals")
    level = models.CharField(max_length=6)
    items = models.PositiveIntegerField(help_text="Gold items that the person had submitted then.")
    right = models.FloatField(help_text="The estimate: share of the last items whose first error was told right.")
    low = models.FloatField()
    high = models.FloatField()
    at = models.DateTimeField(db_default=Now(), editable=False)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True, help_text="What came of the talk.")

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [one_of("level", LEVELS, "gold_signal_level")]
        indexes = [models.Index(fields=["project", "user", "-at"], name="gold_signals_of_person")]

    def __str__(self) -> str:
        return f"{self.user} {self.level}"
