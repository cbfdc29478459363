"""The tables, one file an aggregate."""

from annotations.models.adjudication import Provenance
from annotations.models.assignment import Assignment, Draft, DraftField, Slot
from annotations.models.comment import Comment, Digest, Notice, Thread
from annotations.models.court import CourtCase, CourtRuling
from annotations.models.critique import (
    Author,
    Critique,
    CritiqueHead,
    Evidence,
    Explanation,
    Finding,
    Judgment,
    Mark,
    Reference,
)
from annotations.models.effect import Effect, RejectedStep
from annotations.models.gold import GoldItem, GoldSignal, Plant
from annotations.models.mapping import ImportMapping
from annotations.models.preferences import Preferences
from annotations.models.problem import Image, Problem, ProblemImage
from annotations.models.project import (
    GuidelineVersion,
    Invitation,
    LogEntry,
    Membership,
    Project,
    TaxonomyVersion,
    Token,
)
from annotations.models.pull import Pull
from annotations.models.reading import Reaction, Showing, UsefulnessRating
from annotations.models.report_cache import ReportCache
from annotations.models.response import Response, Segmentation, Step
from annotations.models.review import Review
from annotations.models.rollout import FindingCheck, Rollout, RolloutSet
from annotations.models.routing import Batch, BatchItem, ItemPriority, Route
from annotations.models.snapshot import Dataset, Snapshot, SnapshotFile
from annotations.models.teaching import Card, GuidelineConfirmation
from annotations.models.upkeep import CutProposal, CutRuling, ItemRuling
from annotations.models.webhook import Webhook, WebhookAttempt, WebhookDelivery
from annotations.models.work import Work

__all__ = [
    "Assignment",
    "Author",
    "Batch",
    "BatchItem",
    "Card",
    "Comment",
    "CourtCase",
    "CourtRuling",
    "Critique",
    "CritiqueHead",
    "CutProposal",
    "CutRuling",
    "Dataset",
    "Digest",
    "Draft",
    "DraftField",
    "Effect",
    "Evidence",
    "Explanation",
    "Finding",
    "FindingCheck",
    "GoldItem",
    "GoldSignal",
    "GuidelineConfirmation",
    "GuidelineVersion",
    "Image",
    "ImportMapping",
    "Invitation",
    "ItemPriority",
    "ItemRuling",
    "Judgment",
    "LogEntry",
    "Mark",
    "Membership",
    "Notice",
    "Plant",
    "Preferences",
    "Problem",
    "ProblemImage",
    "Project",
    "Provenance",
    "Pull",
    "Reaction",
    "Reference",
    "RejectedStep",
    "ReportCache",
    "Response",
    "Review",
    "Rollout",
    "RolloutSet",
    "Route",
    "Segmentation",
    "Showing",
    "Slot",
    "Snapshot",
    "SnapshotFile",
    "Step",
    "TaxonomyVersion",
    "Thread",
    "Token",
    "UsefulnessRating",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
    "Work",
]
