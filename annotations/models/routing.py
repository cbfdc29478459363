"""How items find people: their place in the mix of strategies, priorities, and batches for one person."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.project import Project
from annotations.models.response import Response

USER = settings.AUTH_USER_MODEL


class Route(models.Model):
    """A response's place in its project's mix (verbs/routing.py), kept so that its probability can be told.

    `missed` is the probability of not having come to anybody in earlier mixes; `reached` that of having come, settled
    when the mix changed after it did.
    """

    response = models.OneToOneField(Response, primary_key=True, on_delete=models.PROTECT, related_name="route")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="routes", db_index=False)
    lane = models.PositiveSmallIntegerField(help_text="Which of the mix's strategies it belongs to, from 0.")
    rank = models.FloatField(help_text="In its strategy.")
    position = models.BigIntegerField(help_text="In the project's queue: that of its slots.")
    parameters = ArrayField(models.FloatField(), help_text="One for each strategy of the mix (strategies/base.py).")
    missed = models.FloatField(default=1.0)
    reached = models.FloatField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "lane", "position"], include=["rank"], name="routes_by_place")]

    def __str__(self) -> str:
        return f"place {self.position}"


class ItemPriority(models.Model):
    """A lead's priority of a response: higher first; 0 for all that have none."""

    response = models.OneToOneField(Response, primary_key=True, on_delete=models.PROTECT, related_name="priority")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="priorities")
    priority = models.SmallIntegerField()

    def __str__(self) -> str:
        return str(self.priority)


class Batch(models.Model):
    """“Give me these”: responses that come to one person before all others, in their order, by a deadline if any."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="batches")
    name = models.CharField(max_length=100)
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["project", "user"], name="batches_of_person")]

    def __str__(self) -> str:
        return self.name


class BatchItem(models.Model):
    pk = models.CompositePrimaryKey("batch_id", "ordinal")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="items", db_index=False)
    ordinal = models.PositiveIntegerField()
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="batch_items")

    class Meta:
        ordering = ["batch", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["batch", "response"], name="once_in_a_batch")]

    def __str__(self) -> str:
        return f"{self.ordinal} of {self.batch_id}"
