"""A project: one annotation effort with its guideline, taxonomy, rules and people."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.core.matching import DEFAULT_WEIGHTS, Weights
from annotations.core.schema import VERDICTS
from annotations.models.fields import one_of

ROLES = ("admin", "reviewer", "annotator", "trainer")
REFERENCE_VISIBILITY = ("never", "after_submit", "always")
REVIEW_SAMPLING = ("none", "rate", "risk", "all")
UNLABELLED_STEPS = ("never", "after_error", "always")
DEFAULT_SCALE = " ".join(VERDICTS)


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: Any) -> ProjectQuerySet:
        """Projects in which this person has a role; an instance admin sees all."""
        if user.is_superuser:
            return self
        return self.filter(memberships__user=user)


class Project(models.Model):
    """Rules are columns: each is read by one verb, and a change of one is logged with its value before and after."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    overlap = models.PositiveSmallIntegerField(default=1, help_text="How many people critique each response.")
    agreement_overlap = models.PositiveSmallIntegerField(
        default=2, help_text="How many people critique each response of the share for agreement."
    )
    agreement_share = models.FloatField(default=0.0, help_text="Share of responses with that overlap, 0 to 1.")
    routing = models.JSONField(default=dict, blank=True, help_text="The mix of strategies and its seed.")
    gold_rate = models.FloatField(default=0.0, help_text="Share of a person's items that are gold or plants, 0 to 0.5.")
    gold_window = models.PositiveSmallIntegerField(
        default=20, help_text="Of the last so many gold items: the estimate."
    )
    gold_warn = models.FloatField(default=0.6, help_text="Below this estimate a person is warned.")
    gold_pause = models.FloatField(default=0.4, help_text="Below this estimate a person's work pauses.")
    blind = models.BooleanField(default=True, help_text="Hide other critiques from a person until theirs is submitted.")
    reveal = models.BooleanField(default=True, help_text="Show the critics' critiques after a person submits.")
    verdict_scale = models.CharField(max_length=60, default=DEFAULT_SCALE, help_text="Verdicts, separated by spaces.")
    require_explanation = models.BooleanField(default=True, help_text="A finding needs an explanation.")
    ask_confidence = models.BooleanField(default=True, help_text="Each verdict may say how sure the person is.")
    require_confidence = models.BooleanField(default=False, help_text="Each judgment needs a confidence.")
    unlabelled_steps = models.CharField(
        max_length=12, default="after_error", help_text="Which steps a person may leave without a verdict, and say so."
    )
    ask_skills = models.BooleanField(default=False, help_text="Each step may be tagged with the skills that it asks.")
    ask_difficulty = models.BooleanField(default=False, help_text="A person says how difficult the problem is, 1 to 5.")
    step_reveal = models.BooleanField(default=False, help_text="Show the next step only once this one is judged.")
    queue_corrections = models.BooleanField(default=False, help_text="People critique corrections too.")
    show_own_agreement = models.BooleanField(
        default=False, help_text="Show people how often others judged a step as they did."
    )
    reference_answer = models.CharField(
        max_length=12, default="after_submit", help_text="When annotators see the reference answer."
    )
    review_sampling = models.CharField(
        max_length=4, default="risk", help_text="Which critiques of people a reviewer reads."
    )
    review_percent = models.PositiveSmallIntegerField(
        default=10, help_text="How many of a hundred critiques are reviewed, where it goes by rate."
    )
    hide_sources = models.BooleanField(
        default=True, help_text="Whoever adjudicates does not see whose critique is whose."
    )
    settle_unanimous = models.BooleanField(
        default=False, help_text="A verdict on which all agree stands in the reference before anybody adjudicates."
    )
    show_references = models.BooleanField(
        default=False, help_text="Show people what the reference says of what they submitted, and why."
    )
    lease_seconds = models.PositiveIntegerField(
        default=1800, help_text="How long an item is held without a sign of life."
    )
    court_rulings = models.PositiveSmallIntegerField(
        default=1, help_text="How many judges rule on a finding; where two disagree, a third does."
    )
    match_step = models.FloatField(
        default=DEFAULT_WEIGHTS.step, help_text="Weight of the same step in matching findings."
    )
    match_type = models.FloatField(default=DEFAULT_WEIGHTS.type, help_text="Weight of the error type.")
    match_span = models.FloatField(default=DEFAULT_WEIGHTS.span, help_text="Weight of the marked text.")
    match_region = models.FloatField(
        default=DEFAULT_WEIGHTS.region, help_text="Weight of the marked part of the image."
    )
    match_text = models.FloatField(default=DEFAULT_WEIGHTS.text, help_text="Weight of the explanation's words.")
    match_threshold = models.FloatField(
        default=DEFAULT_WEIGHTS.threshold, help_text="Likeness from which on two findings are one, 0 to 1."
    )

    holdout_percent = models.PositiveSmallIntegerField(
        default=0, help_text="This share of the problems, chosen by a hash of their keys, leaves in no dataset."
    )
    names_leave = models.BooleanField(
        default=False, help_text="Published versions name people; otherwise under pseudonyms."
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(overlap__gte=1, overlap__lte=50), name="project_overlap"),
            models.CheckConstraint(
                condition=Q(agreement_overlap__gte=1, agreement_overlap__lte=50), name="project_agreement_overlap"
            ),
            models.CheckConstraint(
                condition=Q(agreement_share__gte=0, agreement_share__lte=1), name="project_agreement_share"
            ),
            models.CheckConstraint(condition=Q(gold_rate__gte=0, gold_rate__lte=0.5), name="project_gold_rate"),
            models.CheckConstraint(
                condition=Q(gold_pause__gte=0, gold_pause__lte=F("gold_warn"), gold_warn__lte=1),
                name="project_gold_thresholds",
                violation_error_message="The threshold to pause lies at or below the one to warn, both from 0 to 1.",
            ),
            models.CheckConstraint(condition=Q(gold_window__gte=5), name="project_gold_window"),
            one_of("review_sampling", REVIEW_SAMPLING, "project_review_sampling"),
            models.CheckConstraint(condition=Q(review_percent__lte=100), name="project_review_percent"),
            models.CheckConstraint(condition=Q(lease_seconds__gte=60), name="project_lease_seconds"),
            models.CheckConstraint(condition=Q(court_rulings__in=(1, 2)), name="project_court_rulings"),
            models.CheckConstraint(condition=Q(holdout_percent__lte=50), name="project_holdout"),
            one_of("reference_answer", REFERENCE_VISIBILITY, "project_reference_answer"),
            one_of("unlabelled_steps", UNLABELLED_STEPS, "project_unlabelled_steps"),
            models.CheckConstraint(
                condition=Q(match_step__gte=0, match_type__gte=0, match_span__gte=0, match_region__gte=0)
                & Q(match_text__gte=0, match_threshold__gt=0, match_threshold__lte=1)
                & ~Q(match_step=0, match_type=0, match_span=0, match_region=0, match_text=0),
                name="project_matching",
                violation_error_message="Matching: expected weights from 0 on, one of them above, and a threshold "
                "above 0 and up to 1.",
            ),
            models.CheckConstraint(
                condition=Q(require_confidence=False) | Q(ask_confidence=True),
                name="project_confidence",
                violation_error_message="A confidence that is required has to be asked for: tick both, or neither.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scale(self) -> tuple[str, ...]:
        return tuple(self.verdict_scale.split())

    def overlap_of(self, response_id: UUID) -> int:
        """How many people critique this response: the database's `wanted_overlap` says the same."""
        drawn = int(hashlib.md5(f"overlap {response_id}".encode(), usedforsecurity=False).hexdigest()[:8], 16)
        chosen = drawn < self.agreement_share * 2**32
        return max(self.overlap, self.agreement_overlap) if chosen else self.overlap

    @property
    def matching(self) -> Weights:
        """How two findings of this project are held to be one."""
        return Weights(
            step=self.match_step,
            type=self.match_type,
            span=self.match_span,
            region=self.match_region,
            text=self.match_text,
            threshold=self.match_threshold,
        )


class GuidelineVersion(models.Model):
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="guidelines")
    number = models.PositiveIntegerField()
    text = models.TextField(help_text="Markdown.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["project", "-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="guideline_version")]

    def __str__(self) -> str:
        return f"{self.project} guideline {self.number}"


class TaxonomyVersion(models.Model):
    """Error types; `tree` is the JSON form of `core.taxonomy`."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="taxonomies")
    number = models.PositiveIntegerField()
    tree = models.JSONField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["project", "-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="taxonomy_version")]

    def __str__(self) -> str:
        return f"{self.project} taxonomy {self.number}"


class Membership(models.Model):
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(role, role.capitalize()) for role in ROLES])
    skills = ArrayField(models.CharField(max_length=200), default=list, help_text="Of problems: what comes first.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["project", "user"]
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="one_role_per_member"),
            one_of("role", ROLES, "membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.project}"


class Invitation(models.Model):
    """The only way to an account. The link's secret is stored hashed; it works once and until it expires."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=[(role, role.capitalize()) for role in ROLES])
    secret_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [one_of("role", ROLES, "invitation_role")]

    def __str__(self) -> str:
        return f"{self.email} as {self.role} of {self.project}"


SCOPES = ("read", "push", "pull", "run")


class Token(models.Model):
    """An API token: shown once, stored as its SHA-256, with scopes, optional projects, expiry and revocation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=100, blank=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10))
    projects = models.ManyToManyField(Project, blank=True, help_text="Empty: every project of this person.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(scopes__contained_by=list(SCOPES)), name="token_scopes_known"),
            models.CheckConstraint(condition=~Q(scopes=[]), name="token_has_a_scope"),
        ]

    def __str__(self) -> str:
        return self.name or f"token {self.id}"


class LogEntry(models.Model):
    """Who did what, when: written by verbs, never changed. Outlives its project, hence no foreign key to it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    project_id = models.UUIDField(null=True)
    verb = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "log entries"
        indexes = [models.Index(fields=["project_id", "-at", "-id"], name="log_by_project")]

    def __str__(self) -> str:
        return f"{self.verb} {self.target}"
