"""Critiques: one schema, one set of tables for people and critics.

What was submitted never changes: the application's database role may only insert and read here. A critique row carries
the counts of its parts; each part carries an ordinal below its count by composite key, and a deferred trigger checks at
commit that every slot is filled, so nothing can be added later (migration 0002). What happens to a critique afterwards
lies in tables of its own.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.core.schema import DIFFICULTIES, SEVERITIES, SKILLS, STAGES, STATES, VERDICTS
from annotations.models.fields import PreservedJSONField, one_of
from annotations.models.problem import Problem
from annotations.models.project import GuidelineVersion, Project, TaxonomyVersion
from annotations.models.response import Response

USER = settings.AUTH_USER_MODEL
VERDICT_EXACTLY_WHEN_JUDGED = Q(state="judged", verdict__isnull=False) | (~Q(state="judged") & Q(verdict=None))
CONFIDENCE_IS_A_FRACTION = Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1)


class Author(models.Model):
    """Who wrote a critique: a person (with or without an account here), or a critic's run with its whole provenance."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="authors")
    kind = models.CharField(max_length=6)
    name = models.CharField(max_length=200)
    user = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="authors")
    method = models.CharField(max_length=60, blank=True)
    engine = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=300, blank=True)
    prompt_hash = models.CharField(max_length=64, blank=True)
    settings = PreservedJSONField(default=dict)
    run = models.CharField(max_length=100, blank=True, help_text="The critic's run, by id or by the name it came with.")
    ablation = models.GeneratedField(
        expression=KeyTextTransform("ablation", "settings"),
        output_field=models.CharField(max_length=40, null=True),
        db_persist=True,
        help_text="What stood in the image's place for a critic that was denied it; null for every other author.",
    )
    identity_hash = models.CharField(max_length=64, help_text="SHA-256 of all of the above, so that import finds it.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["kind", "name", "id"]
        constraints = [
            one_of("kind", ("person", "critic"), "author_kind"),
            models.UniqueConstraint(fields=["project", "identity_hash"], name="author_by_identity"),
            models.UniqueConstraint(fields=["project", "user"], condition=Q(user__isnull=False), name="author_of_user"),
            models.UniqueConstraint(fields=["id", "project"], name="author_in_project"),
            models.CheckConstraint(condition=Q(kind="person") | Q(user=None), name="a_critic_has_no_account"),
        ]

    def __str__(self) -> str:
        return self.name


class CritiqueQuerySet(models.QuerySet["Critique"]):
    def by_people(self) -> CritiqueQuerySet:
        return self.filter(author__kind="person")

    def by_critics(self) -> CritiqueQuerySet:
        return self.filter(author__kind="critic")

    def latest(self) -> CritiqueQuerySet:  # type: ignore[override]
        """Only the last revision of each author's critique of a response."""
        return self.filter(head__isnull=False)

    def unablated(self) -> CritiqueQuerySet:
        """Without critiques by critics that were denied the image on purpose: those are an experiment."""
        return self.filter(author__ablation=None)

    def whole(self) -> CritiqueQuerySet:
        """With all parts, in a fixed number of queries."""
        return self.select_related("author").prefetch_related(
            "judgments", "findings", "explanations", "marks", "evidence"
        )


class Critique(models.Model):
    """One author's reading of one response, under one segmentation, guideline, taxonomy and verdict scale."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="critiques")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="+")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="critiques")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="critiques")
    key = models.CharField(max_length=300, blank=True, help_text="Idempotence: unique in the project where given.")
    segmentation = models.PositiveSmallIntegerField()
    verdict_scale = models.CharField(max_length=60)
    guideline = models.ForeignKey(GuidelineVersion, null=True, on_delete=models.PROTECT, related_name="+")
    taxonomy = models.ForeignKey(TaxonomyVersion, null=True, on_delete=models.PROTECT, related_name="+")

    verdict = models.CharField(max_length=10, null=True, help_text="Of the answer.")  # noqa: DJ001
    state = models.CharField(max_length=10, default="unlabelled")
    answer_confidence = models.FloatField(null=True)
    comment = models.TextField(blank=True)
    confidence = models.FloatField(null=True)
    difficulty = models.PositiveSmallIntegerField(null=True)

    stage = models.CharField(max_length=12)
    revision = models.PositiveSmallIntegerField(default=1)
    supersedes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    run = models.UUIDField(null=True, help_text="The critic's run here; one critique per run, response and sample.")
    sample = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True, help_text="As its author's side says; null where nobody said.")
    stored_at = models.DateTimeField(db_default=Now(), editable=False)
    active_seconds = models.FloatField(null=True)
    raw_output = models.TextField(blank=True)
    costs = PreservedJSONField(default=dict)
    extra = PreservedJSONField(default=dict)

    step_count = models.PositiveSmallIntegerField()
    finding_count = models.PositiveSmallIntegerField()
    mark_count = models.PositiveSmallIntegerField()
    evidence_count = models.PositiveSmallIntegerField()

    objects = CritiqueQuerySet.as_manager()

    class Meta:
        ordering = ["stored_at", "id"]
        constraints = [
            one_of("state", STATES, "critique_state"),
            one_of("stage", STAGES, "critique_stage"),
            models.CheckConstraint(condition=VERDICT_EXACTLY_WHEN_JUDGED, name="answer_verdict_when_judged"),
            models.CheckConstraint(condition=CONFIDENCE_IS_A_FRACTION, name="critique_confidence"),
            models.CheckConstraint(
                condition=Q(answer_confidence=None) | Q(answer_confidence__gte=0, answer_confidence__lte=1),
                name="answer_confidence",
            ),
            models.CheckConstraint(
                condition=Q(difficulty=None) | Q(difficulty__in=DIFFICULTIES), name="critique_difficulty"
            ),
            models.UniqueConstraint(fields=["project", "key"], condition=~Q(key=""), name="critique_by_key"),
            models.UniqueConstraint(fields=["author", "response", "sample", "revision"], name="critique_revision"),
            models.UniqueConstraint(
                fields=["run", "response", "sample"], condition=Q(run__isnull=False), name="one_critique_per_job"
            ),
            models.UniqueConstraint(fields=["supersedes"], name="superseded_once"),
            models.CheckConstraint(
                condition=Q(revision=1, supersedes=None) | Q(revision__gt=1), name="first_revision_supersedes_none"
            ),
        ]
        indexes = [
            models.Index(fields=["response", "stored_at"], name="critiques_of_response"),
            models.Index(fields=["project", "stored_at", "id"], name="critiques_of_project"),
        ]

    def __str__(self) -> str:
        return f"{self.author} on {self.response_id}"


class Judgment(models.Model):
    """One step of a critique."""

    pk = models.CompositePrimaryKey("critique_id", "number")
    critique = models.ForeignKey(Critique, db_constraint=False, on_delete=models.PROTECT, related_name="judgments")
    response = models.ForeignKey(
        Response, db_constraint=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    segmentation = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(help_text="Of the step, from 1.")
    step_count = models.PositiveSmallIntegerField()
    step_length = models.PositiveIntegerField()
    verdict_scale = models.CharField(max_length=60)
    verdict = models.CharField(max_length=10, null=True)  # noqa: DJ001
    state = models.CharField(max_length=10)
    own_error = models.BooleanField(null=True)
    inherits_from = ArrayField(models.PositiveSmallIntegerField(), default=list)
    origin_unknown = models.BooleanField(default=False)
    confidence = models.FloatField(null=True)
    reason = models.TextField(blank=True)
    active_seconds = models.FloatField(null=True)
    skills = ArrayField(models.CharField(max_length=10), default=list)
    steps_seen = models.PositiveSmallIntegerField(null=True, help_text="Of the chain, when the verdict was last given.")

    class Meta:
        ordering = ["critique", "number"]
        constraints = [
            one_of("state", STATES, "judgment_state"),
            models.CheckConstraint(condition=VERDICT_EXACTLY_WHEN_JUDGED, name="verdict_when_judged"),
            models.CheckConstraint(condition=Q(verdict=None) | Q(verdict__in=VERDICTS), name="judgment_verdict"),
            models.CheckConstraint(condition=CONFIDENCE_IS_A_FRACTION, name="judgment_confidence"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=F("step_count")), name="judgment_in_count"),
            models.CheckConstraint(
                condition=Q(origin_unknown=False) | Q(own_error=None, inherits_from=[]), name="origin_known_or_unknown"
            ),
            models.CheckConstraint(condition=Q(skills__contained_by=list(SKILLS)), name="judgment_skills"),
            models.CheckConstraint(
                condition=Q(steps_seen=None) | Q(steps_seen__gte=F("number"), steps_seen__lte=F("step_count")),
                name="judgment_steps_seen",
            ),
            models.UniqueConstraint(fields=["critique", "number", "step_length"], name="judgment_with_length"),
        ]

    def __str__(self) -> str:
        return f"step {self.number}: {self.verdict or self.state}"


class Finding(models.Model):
    """One thing wrong in a step."""

    pk = models.CompositePrimaryKey("critique_id", "ordinal")
    critique = models.ForeignKey(Critique, db_constraint=False, on_delete=models.PROTECT, related_name="findings")
    ordinal = models.PositiveSmallIntegerField(help_text="From 1, through the whole critique.")
    finding_count = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField()
    step_length = models.PositiveIntegerField()
    error_type = models.CharField(max_length=100, null=True)  # noqa: DJ001
    severity = models.CharField(max_length=10, null=True)  # noqa: DJ001
    corrected_text = models.TextField(null=True)  # noqa: DJ001
    explanation_count = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["critique", "ordinal"]
        constraints = [
            models.CheckConstraint(condition=Q(severity=None) | Q(severity__in=SEVERITIES), name="finding_severity"),
            models.CheckConstraint(
                condition=Q(ordinal__gte=1, ordinal__lte=F("finding_count")), name="finding_in_count"
            ),
            models.UniqueConstraint(fields=["critique", "ordinal", "step_length"], name="finding_with_length"),
            models.UniqueConstraint(fields=["critique", "ordinal", "explanation_count"], name="finding_with_count"),
        ]
        indexes = [models.Index(fields=["error_type"], name="findings_by_type")]

    def __str__(self) -> str:
        return f"finding {self.ordinal}"


class Explanation(models.Model):
    """One of the alternative explanations of a finding (VISCO has three)."""

    pk = models.CompositePrimaryKey("critique_id", "finding", "ordinal")
    critique = models.ForeignKey(Critique, db_constraint=False, on_delete=models.PROTECT, related_name="explanations")
    finding = models.PositiveSmallIntegerField()
    ordinal = models.PositiveSmallIntegerField()
    explanation_count = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["critique", "finding", "ordinal"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ordinal__gte=1, ordinal__lte=F("explanation_count")), name="explanation_in_count"
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Mark(models.Model):
    """Where: a span of the step's text, or a region of one of the problem's images (`points` is x, y, x, y, …)."""

    pk = models.CompositePrimaryKey("critique_id", "ordinal")
    critique = models.ForeignKey(Critique, db_constraint=False, on_delete=models.PROTECT, related_name="marks")
    ordinal = models.PositiveSmallIntegerField(help_text="From 1, through the whole critique.")
    mark_count = models.PositiveSmallIntegerField()
    finding = models.PositiveSmallIntegerField()
    step_length = models.PositiveIntegerField()
    problem = models.ForeignKey(
        Problem, db_constraint=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=6)
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)
    image_number = models.PositiveSmallIntegerField(null=True)
    shape = models.CharField(max_length=7, null=True)  # noqa: DJ001
    points = ArrayField(models.FloatField(), null=True)

    class Meta:
        ordering = ["critique", "ordinal"]
        constraints = [
            models.CheckConstraint(condition=Q(ordinal__gte=1, ordinal__lte=F("mark_count")), name="mark_in_count"),
            models.CheckConstraint(
                condition=Q(
                    kind="span",
                    start__lt=F("end"),
                    end__lte=F("step_length"),
                    image_number=None,
                    shape=None,
                    points=None,
                )
                | Q(
                    kind="region",
                    start=None,
                    end=None,
                    image_number__gte=1,
                    shape__in=["box", "polygon"],
                    points__isnull=False,
                ),
                name="mark_is_span_or_region",
            ),
        ]

    def __str__(self) -> str:
        return f"mark {self.ordinal}"


class Evidence(models.Model):
    """What a critic (or a person) looked up to judge a step, or the chain where `step` is null."""

    pk = models.CompositePrimaryKey("critique_id", "ordinal")
    critique = models.ForeignKey(Critique, db_constraint=False, on_delete=models.PROTECT, related_name="evidence")
    ordinal = models.PositiveSmallIntegerField()
    evidence_count = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField(null=True)
    kind = models.CharField(max_length=40)
    content = PreservedJSONField()

    class Meta:
        ordering = ["critique", "ordinal"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=Q(ordinal__gte=1, ordinal__lte=F("evidence_count")), name="evidence_in_count"
            )
        ]

    def __str__(self) -> str:
        return self.kind


class CritiqueHead(models.Model):
    """Which revision is the latest of an author's critique (sample) of a response."""

    pk = models.CompositePrimaryKey("response_id", "author_id", "sample")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="heads", db_index=False)
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="heads")
    sample = models.PositiveSmallIntegerField(default=0)
    critique = models.OneToOneField(Critique, on_delete=models.PROTECT, related_name="head")

    def __str__(self) -> str:
        return f"head of {self.critique_id}"


class Reference(models.Model):
    """The critique that the project holds to be right for a response; the highest version counts."""

    pk = models.CompositePrimaryKey("response_id", "version")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="references", db_index=False)
    version = models.PositiveSmallIntegerField(default=1)
    critique = models.ForeignKey(Critique, on_delete=models.PROTECT, related_name="references")
    kind = models.CharField(max_length=11)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["response", "-version"]
        constraints = [one_of("kind", ("gold", "adjudicated"), "reference_kind")]

    def __str__(self) -> str:
        return f"reference {self.version}"
