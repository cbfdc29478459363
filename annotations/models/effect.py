"""What came of a correction: one row for each that was made with a known guidance. Insert-only.

A correction is a response that revises another. Its effect says who made it and how (corrector, level of guidance,
seed, round, which explanations were shown, which finding was left out), and whether the answer was right before and
after.
It is the truest measure of the critique that guided it, and lies here because critiques never change.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotations.core.schema import ANSWER_OUTCOMES, EFFECT_KINDS, GUIDANCE_LEVELS, GUIDANCE_SOURCES
from annotations.models.critique import Author, Critique
from annotations.models.fields import PreservedJSONField, one_of
from annotations.models.problem import Problem
from annotations.models.project import Project
from annotations.models.response import Response

EFFECT_FOLLOWS = (
    Q(effect="fixed", before="wrong", after="right")
    | Q(effect="broke", before="right", after="wrong")
    | Q(effect="unchanged", before=models.F("after"), after__in=["right", "wrong"])
    | Q(effect="unparsed") & (Q(before="unparsed") | Q(after="unparsed"))
)


class EffectQuerySet(models.QuerySet["Effect"]):
    def of_whole_critiques(self) -> EffectQuerySet:
        """Without those that left out a finding, which say something of the finding alone."""
        return self.filter(left_out=None)


class Effect(models.Model):
    correction = models.OneToOneField(
        Response, primary_key=True, on_delete=models.PROTECT, related_name="effect", help_text="What was made."
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="effects")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="+")
    revised = models.ForeignKey(
        Response, on_delete=models.PROTECT, related_name="effects_on", help_text="What it revises."
    )
    root = models.ForeignKey(
        Response, on_delete=models.PROTECT, related_name="lineage", help_text="The chain with which the rounds began."
    )
    critique = models.ForeignKey(Critique, null=True, on_delete=models.PROTECT, related_name="effects")
    corrector = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="effects")
    run = models.UUIDField(null=True, help_text="The run here that made it.")
    job = models.UUIDField(null=True, help_text="And its job; null for what a person made or an import brought.")
    ordinal = models.PositiveSmallIntegerField(default=1, help_text="Of the corrections of one job.")
    level = models.CharField(max_length=4)
    source = models.CharField(max_length=5)
    seed = models.BigIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=1)
    finding_count = models.PositiveSmallIntegerField(null=True, help_text="Of the critique.")
    explanations = ArrayField(
        models.PositiveSmallIntegerField(), default=list, help_text="Of each finding, which was shown; 0: none."
    )
    explanation_seed = models.BigIntegerField(null=True)
    left_out = models.PositiveSmallIntegerField(null=True, help_text="The finding that was kept back.")
    rejected_count = models.PositiveSmallIntegerField(default=0, help_text="Drafts of steps that were thrown away.")
    before = models.CharField(max_length=8)
    before_by = models.CharField(max_length=9)
    after = models.CharField(max_length=8)
    effect = models.CharField(max_length=9)
    costs = PreservedJSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = EffectQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            one_of("level", GUIDANCE_LEVELS, "effect_level"),
            one_of("source", GUIDANCE_SOURCES, "effect_source"),
            one_of("before", ANSWER_OUTCOMES, "effect_before"),
            one_of("before_by", ("reference", "matcher"), "effect_before_by"),
            one_of("after", ANSWER_OUTCOMES, "effect_after"),
            one_of("effect", EFFECT_KINDS, "effect_kind"),
            models.CheckConstraint(condition=EFFECT_FOLLOWS, name="effect_follows"),
            models.CheckConstraint(
                condition=Q(level="none", source="none", critique=None, finding_count=None, left_out=None)
                | (~Q(level="none") & ~Q(source="none") & Q(critique__isnull=False, finding_count__isnull=False)),
                name="guided_exactly_by_a_critique",
            ),
            models.CheckConstraint(condition=Q(round__gte=1, ordinal__gte=1), name="effect_round"),
            models.CheckConstraint(condition=Q(left_out=None) | Q(level="ASE"), name="left_out_of_all_of_it"),
            models.UniqueConstraint(
                fields=["job", "ordinal"], condition=Q(job__isnull=False), name="corrections_of_a_job"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-created_at", "-correction"], name="effects_of_project"),
            models.Index(fields=["critique", "effect"], name="effects_of_critique"),
            models.Index(fields=["run"], name="effects_of_run"),
        ]

    def __str__(self) -> str:
        return f"{self.correction_id}: {self.effect}"


class RejectedStep(models.Model):
    """A draft of one step of a correction that its corrector threw away: a negative with the same prefix."""

    pk = models.CompositePrimaryKey("correction_id", "ordinal")
    correction = models.ForeignKey(
        Effect, db_constraint=False, on_delete=models.PROTECT, related_name="rejected_steps", db_index=False
    )
    ordinal = models.PositiveSmallIntegerField()
    rejected_count = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField(help_text="Of the correction; the steps before it are the draft's prefix.")
    text = models.TextField()
    reason = models.TextField(blank=True, help_text="What its verifier said.")

    class Meta:
        ordering = ["correction", "ordinal"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ordinal__gte=1, ordinal__lte=models.F("rejected_count"), step__gte=1),
                name="rejected_step_in_count",
            )
        ]

    def __str__(self) -> str:
        return f"step {self.step}: {self.text[:60]}"
