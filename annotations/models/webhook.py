"""Webhooks: addresses of others that hear what happened, and each attempt to tell them.

A delivery is a row of work with what it is about; its attempts only grow. A hook that is removed keeps its log.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.project import Project
from annotations.models.work import Work

EVENTS = ("critique.submitted", "response.adjudicated", "run.finished", "version.published")
TEST_EVENT = "test"


class Webhook(models.Model):
    """Where to, for which events. `sealed_secret` signs what is sent, encrypted (verbs/sealed.py)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="webhooks")
    url = models.CharField(max_length=2000)
    events = ArrayField(models.CharField(max_length=30))
    sealed_secret = models.TextField(editable=False)
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(events__contained_by=list(EVENTS)), name="webhook_events_known"),
            models.CheckConstraint(condition=~Q(events=[]), name="webhook_has_an_event"),
        ]
        indexes = [models.Index(fields=["project"], condition=Q(removed_at=None), name="webhooks_of_project")]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event for one hook. Its work's state is its own: `paused` waits for `next_attempt_at`."""

    work = models.OneToOneField(Work, primary_key=True, on_delete=models.PROTECT, related_name="delivery")
    hook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    event = models.CharField(max_length=30)
    data = models.JSONField(help_text="What it is about: ids and states, never what a critique says.")
    at = models.DateTimeField(db_default=Now(), editable=False)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Since it was queued, or sent again by hand.")
    next_attempt_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-work"]
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(fields=["hook", "-at", "-work"], name="deliveries_of_webhook"),
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="deliveries_that_wait"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.work_id}"


class WebhookAttempt(models.Model):
    """What came of one attempt. Insert-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField(db_default=Now(), editable=False)
    status = models.PositiveSmallIntegerField(null=True, help_text="The answer's, where there was one.")
    seconds = models.FloatField()
    excerpt = models.TextField(blank=True, help_text="The beginning of the answer.")
    error = models.TextField(blank=True, help_text="Why there was no answer, or why it does not do.")

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["delivery", "at", "id"], name="attempts_of_delivery")]

    def __str__(self) -> str:
        return self.error or str(self.status)
