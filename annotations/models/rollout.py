"""Rollouts: a chain continued from after one of its steps, many times, and what that says of a finding. Insert-only.

A set holds the continuations of one prefix. A check ties the sets before, after and after the corrected text of a
finding's step together, with the change of success and its interval: evidence on the finding, which never changes.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.core.rollout_facts import Tally
from annotations.core.schema import ANSWER_OUTCOMES
from annotations.metrics.rollouts import Estimate
from annotations.models.critique import Author, Critique
from annotations.models.fields import PreservedJSONField, one_of
from annotations.models.problem import Problem
from annotations.models.project import Project
from annotations.models.response import Response


class RolloutSet(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rollout_sets")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="+")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="rollout_sets")
    key = models.CharField(max_length=300, help_text="Unique in the project: importing it twice adds nothing.")
    segmentation = models.PositiveSmallIntegerField()
    step_count = models.PositiveSmallIntegerField()
    after_step = models.PositiveSmallIntegerField(help_text="How many steps the prefix has.")
    critique = models.ForeignKey(
        Critique,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose corrected text ends the prefix.",
    )
    finding = models.PositiveSmallIntegerField(null=True)
    generator = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="rollout_sets")
    run = models.UUIDField(null=True)
    job = models.UUIDField(null=True)
    seed = models.BigIntegerField(default=0)
    rollout_count = models.PositiveSmallIntegerField()
    right = models.PositiveSmallIntegerField()
    wrong = models.PositiveSmallIntegerField()
    unparsed = models.PositiveSmallIntegerField()
    costs = PreservedJSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["response", "after_step", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="rollout_set_by_key"),
            models.CheckConstraint(
                condition=Q(rollout_count__gte=1, rollout_count=F("right") + F("wrong") + F("unparsed")),
                name="every_rollout_has_an_outcome",
            ),
            models.CheckConstraint(condition=Q(after_step__lte=F("step_count")), name="rollout_after_a_step"),
            models.CheckConstraint(
                condition=Q(critique=None, finding=None)
                | Q(critique__isnull=False, finding__isnull=False, after_step__gte=1),
                name="corrected_by_a_finding",
            ),
        ]
        indexes = [models.Index(fields=["project", "created_at", "id"], name="rollouts_of_project")]

    def __str__(self) -> str:
        return f"{self.rollout_count} rollouts after step {self.after_step}"

    @property
    def tally(self) -> Tally:
        return Tally(self.right, self.wrong, self.unparsed)


class Rollout(models.Model):
    pk = models.CompositePrimaryKey("rollout_set_id", "ordinal")
    rollout_set = models.ForeignKey(
        RolloutSet, db_constraint=False, on_delete=models.PROTECT, related_name="rollouts", db_index=False
    )
    ordinal = models.PositiveSmallIntegerField()
    rollout_count = models.PositiveSmallIntegerField()
    text = models.TextField(help_text="What was written after the prefix.")
    answer = models.TextField(null=True)  # noqa: DJ001  "no answer" is not "the empty answer"
    outcome = models.CharField(max_length=8)

    class Meta:
        ordering = ["rollout_set", "ordinal"]
        constraints = [
            one_of("outcome", ANSWER_OUTCOMES, "rollout_outcome"),
            models.CheckConstraint(
                condition=Q(ordinal__gte=1, ordinal__lte=F("rollout_count")), name="rollout_in_count"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.text[:60]}"


class FindingCheck(models.Model):
    """Did this step, or what it should have been, change the outcome? Changes of success, with 95 % intervals."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="finding_checks")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="finding_checks")
    critique = models.ForeignKey(Critique, on_delete=models.PROTECT, related_name="finding_checks")
    finding = models.PositiveSmallIntegerField(help_text="Its ordinal within the critique.")
    before = models.ForeignKey(RolloutSet, on_delete=models.PROTECT, related_name="+")
    after = models.ForeignKey(RolloutSet, on_delete=models.PROTECT, related_name="+")
    corrected = models.ForeignKey(RolloutSet, null=True, on_delete=models.PROTECT, related_name="+")
    step_change = models.FloatField(null=True)
    step_low = models.FloatField(null=True)
    step_high = models.FloatField(null=True)
    correction_change = models.FloatField(null=True)
    correction_low = models.FloatField(null=True)
    correction_high = models.FloatField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["critique", "finding", "before", "after", "corrected"],
                nulls_distinct=False,
                name="checked_once_by_these_sets",
            ),
            models.CheckConstraint(
                condition=Q(step_change=None, step_low=None, step_high=None)
                | Q(step_low__lte=F("step_change"), step_change__lte=F("step_high")),
                name="step_change_in_interval",
            ),
            models.CheckConstraint(
                condition=Q(correction_change=None, correction_low=None, correction_high=None)
                | Q(
                    corrected__isnull=False,
                    correction_low__lte=F("correction_change"),
                    correction_change__lte=F("correction_high"),
                ),
                name="correction_change_in_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"check of finding {self.finding}"

    @property
    def step(self) -> Estimate:
        return Estimate(self.step_change, self.step_low, self.step_high)

    @property
    def correction(self) -> Estimate:
        return Estimate(self.correction_change, self.correction_low, self.correction_high)
