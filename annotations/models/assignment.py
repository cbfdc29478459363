"""Who works on what: slots of a response, assignments of slots to people, and the drafts that people type into."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.critique import Critique
from annotations.models.fields import one_of
from annotations.models.project import Project
from annotations.models.response import Response

# `extra`: submitted after the item's last place was taken; kept, and outside the overlap's count.
ASSIGNMENT_STATES = ("held", "submitted", "skipped", "expired", "released", "extra")


class Slot(models.Model):
    """One of the `overlap` places of a response. A held or done slot is nobody else's, so overlap is exact.

    An open slot is closed when the project's overlap shrinks, and opened again when it grows (verbs/overlap.py).
    That of a retired item (verbs/broken.py) opens only when the item is put back, that of a gold item (verbs/gold.py)
    when it no longer is one.
    """

    pk = models.CompositePrimaryKey("response_id", "number")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="slots", db_index=False)
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="slots", db_index=False)
    number = models.PositiveSmallIntegerField()
    position = models.BigIntegerField(help_text="Order of the queue within a round.")
    deep = models.BooleanField(db_default=False, help_text="Given at once with the item's other places.")
    round = models.GeneratedField(
        expression=Case(
            When(deep=True, then=Value(1)), default=F("number"), output_field=models.PositiveSmallIntegerField()
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    skill = models.CharField(max_length=200, db_default="", help_text="For whom it is first; empty: for anyone.")
    state = models.CharField(max_length=7, default="open")

    class Meta:
        ordering = ["number", "position"]
        constraints = [one_of("state", ("open", "held", "done", "closed", "retired", "gold"), "slot_state")]
        indexes = [
            models.Index(
                fields=["project", "round", "position", "response"], condition=Q(state="open"), name="open_slots"
            ),
            models.Index(
                fields=["project", "skill", "round", "position", "response"],
                condition=Q(state="open") & ~Q(skill=""),
                name="open_slots_by_skill",
            ),
            models.Index(fields=["project", "state"], name="slots_by_state"),
        ]

    def __str__(self) -> str:
        return f"slot {self.number} of {self.response_id}"


class Assignment(models.Model):
    """A slot given to a person: a lease with expiry and heartbeat, and the probability with which it was given."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="assignments")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="assignments")
    slot_number = models.PositiveSmallIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=9, default="held")
    strategy = models.CharField(max_length=40)
    probability = models.FloatField(null=True, help_text="With which this item was given; null where it is not known.")
    given_at = models.DateTimeField(db_default=Now(), editable=False)
    heartbeat_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    skip_reason = models.CharField(max_length=200, blank=True)
    skip_words = models.TextField(blank=True, help_text="What the person adds to the reason.")
    critique = models.ForeignKey(Critique, null=True, on_delete=models.PROTECT, related_name="assignments")

    just_given = False  # by this request; no column

    class Meta:
        ordering = ["-given_at", "-id"]
        constraints = [
            one_of("state", ASSIGNMENT_STATES, "assignment_state"),
            models.UniqueConstraint(
                fields=["response", "user"], condition=Q(state="held"), name="one_live_assignment_per_person"
            ),
            models.UniqueConstraint(
                fields=["response", "slot_number"],
                condition=Q(state__in=["held", "submitted"]),
                name="one_holder_per_slot",
            ),
            models.CheckConstraint(
                condition=Q(probability=None) | Q(probability__gt=0, probability__lte=1), name="assignment_probability"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["submitted", "extra"], critique__isnull=False)
                | (~Q(state__in=["submitted", "extra"]) & Q(critique=None)),
                name="submitted_with_a_critique",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "project", "state", "-given_at"], name="work_of_a_person"),
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="leases_by_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.response_id}"


DRAFT_PURPOSES = ("critique", "review", "adjudication")


class Draft(models.Model):
    """What a person is typing about a response: one per person and response, gone once submitted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="drafts")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drafts")
    segmentation = models.PositiveSmallIntegerField(default=1)
    steps_shown = models.PositiveSmallIntegerField(
        null=True, help_text="How many steps the person was shown so far; null: all at once."
    )
    revises = models.ForeignKey(Critique, null=True, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(
        max_length=12, default="critique", help_text="What it becomes: one's own critique, or a ruling on others'."
    )
    version = models.PositiveBigIntegerField(default=0, help_text="Counts accepted edits.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "user"], name="one_draft_per_person"),
            one_of("purpose", DRAFT_PURPOSES, "draft_purpose"),
            models.CheckConstraint(
                condition=Q(purpose="critique") | Q(revises__isnull=False), name="rulings_begin_with_a_critique"
            ),
        ]
        indexes = [models.Index(fields=["user", "-updated_at"], name="drafts_of_a_person")]

    def __str__(self) -> str:
        return f"draft of {self.user} on {self.response_id}"


class DraftField(models.Model):
    """One field of a draft, such as `steps.3.verdict`; a null value is a cleared field.

    `version` is the draft's version at which this value was accepted; an edit names the version it saw.
    """

    pk = models.CompositePrimaryKey("draft_id", "path")
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="fields")
    path = models.CharField(max_length=120)
    value = models.JSONField(null=True)
    version = models.PositiveBigIntegerField()
    client = models.CharField(max_length=40, help_text="The tab that wrote it.")
    edit = models.CharField(max_length=40, help_text="The tab's id of the edit; the same edit twice is one.")
    covered = models.JSONField(
        null=True, help_text="What it was written over unseen: value, version and client; null for nothing."
    )
    edited_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.path
