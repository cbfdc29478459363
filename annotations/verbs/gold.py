"""Gold: which responses are hidden among the work, how people did on them, and what follows below the thresholds.

Nothing that a person sees tells gold from the rest: it comes by the same claim, has the same page, and its reference is
shown to nobody who could be given it. Signals are looked at after every CHECK_EVERY submits, whatever they were, so
that a warning does not point at the item before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotations.metrics.bootstrap import Figure
from annotations.metrics.gold import Score, rolling, score
from annotations.models import Assignment, Critique, GoldItem, GoldSignal, Project, Reference, Response, Slot
from annotations.models.records import critique_record
from annotations.verbs import log, overlap
from annotations.verbs.permissions import require

CHECK_EVERY = 5  # submits
LEAST_ITEMS = 5  # of gold, before an estimate has consequences
MORE_ITEMS = 3  # of gold after a signal, before the next one


@dataclass(frozen=True, slots=True)
class Scored:
    """One critique of a person on a gold item or plant; `critique` and `known` with their parts."""

    critique: Critique
    known: Critique
    kind: str
    score: Score


@transaction.atomic
def add_gold(project: Project, responses: Iterable[Response], by: Any, *, kind: str = "gold") -> int:
    """Hides these among the work; open places of theirs leave the queue. Returns how many are new.

    Raises PermissionDenied, and ValidationError for a response without a reference that tells its first error.
    """
    require(by, "rule_on_items", project)
    Project.objects.select_for_update().get(pk=project.pk)
    responses = list(responses)
    known = set(Reference.objects.filter(response__in=responses).values_list("response_id", flat=True))
    lacking = [response.key for response in responses if response.pk not in known]
    if lacking:
        raise ValidationError(
            _("%(count)s of these have no reference, so nothing is known to be right of them, such as %(key)s.")
            % {"count": len(lacking), "key": lacking[0]}
        )
    held = GoldItem.objects.filter(response__in=responses, retired_at=None).values_list("response_id", flat=True)
    fresh = [response for response in responses if response.pk not in set(held)]
    GoldItem.objects.bulk_create(
        [GoldItem(response=response, project=project, kind=kind, added_by=by) for response in fresh],
        update_conflicts=True,
        update_fields=["retired_at"],
        unique_fields=["response"],
    )
    Slot.objects.filter(response__in=fresh, state__in=["open", "closed"]).update(state="gold")
    log.record("add_gold", by=by, project=project, target=f"{len(fresh)} responses", after={"kind": kind})
    return len(fresh)


@transaction.atomic
def retire_gold(item: GoldItem, by: Any) -> None:
    """The item is work like any other again; what was scored on it stays scored."""
    require(by, "rule_on_items", item.project)
    project = Project.objects.select_for_update().get(pk=item.project_id)
    if GoldItem.objects.filter(pk=item.pk, retired_at=None).update(retired_at=Now()):
        Slot.objects.filter(response=item.response_id, state="gold").update(state="closed")
        if item.kind == "gold":
            overlap.fit_slots(project)
        log.record("retire_gold", by=by, project=project, target=item.response.key)


def scored(project: Project, *, user: Any = None, kind: str | None = None) -> list[Scored]:
    """People's own first readings of gold items, each against the newest reference, oldest first.

    Four queries and those of the critiques' parts, however many there are. A reading under another cut of the chain
    than the reference's is left out: the two are of different steps.
    """
    newest = Reference.objects.filter(response=OuterRef("response")).order_by("-version")
    read = Critique.objects.filter(
        project=project, response__gold__isnull=False, author__user__isnull=False, revision=1
    ).annotate(known=Subquery(newest.values("critique")[:1]), gold_kind=OuterKind)
    if user is not None:
        read = read.filter(author__user=user)
    if kind is not None:
        read = read.filter(response__gold__kind=kind)
    readings: list[Any] = list(read.whole().order_by("stored_at", "id"))
    references = Critique.objects.filter(pk__in={reading.known for reading in readings}).whole()
    known = {reference.pk: reference for reference in references}
    return [
        Scored(
            reading,
            known[reading.known],
            reading.gold_kind,
            score(critique_record(reading), critique_record(known[reading.known])),
        )
        for reading in readings
        if reading.known in known
        and known[reading.known].segmentation == reading.segmentation
        and reading.pk != reading.known
    ]


OuterKind = Subquery(GoldItem.objects.filter(response=OuterRef("response")).values("kind")[:1])


def estimates(project: Project) -> dict[Any, dict[str, Figure]]:
    """Person's key → the figures of their last `gold_window` gold items (plants have figures of their own)."""
    by_person: dict[Any, list[Score]] = {}
    for one in scored(project, kind="gold"):
        by_person.setdefault(one.critique.author.user_id, []).append(one.score)
    return {person: rolling(scores, project.gold_window) for person, scores in by_person.items()}


def submits_of(user: Any, project: Project) -> int:
    return Assignment.objects.filter(user=user, project=project, state__in=("submitted", "extra")).count()


def look_at(user: Any, project: Project) -> GoldSignal | None:
    """Called in the transaction of each submit: on every CHECK_EVERY-th, raises the next signal below a threshold.

    First a warning; after MORE_ITEMS more gold items, below the lower threshold, a pause; and if it is no better after
    that was lifted, a call to a reviewer, whose lifting it waits for. Without gold in the project it costs nothing.
    """
    if not project.gold_rate or submits_of(user, project) % CHECK_EVERY:
        return None
    scores = [one.score for one in scored(project, user=user, kind="gold")]
    right = rolling(scores, project.gold_window)["first_error"]
    if right.value is None or right.low is None or right.high is None:
        return None
    if right.clusters < LEAST_ITEMS or right.value >= project.gold_warn:
        return None
    last = GoldSignal.objects.filter(project=project, user=user).first()
    if last is not None and (len(scores) < last.items + MORE_ITEMS or (last.level != "warned" and not last.lifted_at)):
        return None
    had = set(GoldSignal.objects.filter(project=project, user=user).values_list("level", flat=True))
    level = _next_level(had, right.value < project.gold_pause)
    if level is None:
        return None
    return GoldSignal.objects.create(
        project=project, user=user, level=level, items=len(scores), right=right.value, low=right.low, high=right.high
    )


def _next_level(had: set[str], is_below_pause: bool) -> str | None:
    if "warned" not in had:
        return "warned"
    if not is_below_pause:
        return None
    return "called" if "paused" in had else "paused"


@transaction.atomic
def lift(signal: GoldSignal, words: str, by: Any) -> None:
    """After a talk, the person goes on. Raises PermissionDenied; ValueError without words on what came of it."""
    require(by, "rule_on_items", signal.project)
    if not words.strip():
        raise ValueError(_("Say in a few words what came of the talk."))
    if GoldSignal.objects.filter(pk=signal.pk, lifted_at=None).update(
        lifted_at=Now(), lifted_by=by, words=words.strip()
    ):
        log.record(
            "lift_gold_signal", by=by, project=signal.project, target=str(signal.user), after={"level": signal.level}
        )


def open_signal(user: Any, project: Project) -> GoldSignal | None:
    """What the person's page tells them of: the newest signal that was not lifted."""
    if not project.gold_rate:
        return None
    return GoldSignal.objects.filter(project=project, user=user, lifted_at=None).first()


def hidden_references(project: Project) -> QuerySet[Critique]:
    """References of gold items and plants in use: nobody who may be given them sees these."""
    return Critique.objects.filter(
        Q(references__isnull=False), project=project, response__gold__isnull=False, response__gold__retired_at=None
    )


def gold_items(project: Project, kind: str = "gold") -> QuerySet[GoldItem]:
    return GoldItem.objects.filter(project=project, kind=kind, retired_at=None).select_related("response__problem")


def find(project: Project, keys: Sequence[str]) -> list[Response]:
    """The project's responses of these keys. Raises ValidationError naming one that is not there."""
    wanted = [key.strip() for key in keys if key.strip()]
    found = {response.key: response for response in Response.objects.filter(project=project, key__in=wanted)}
    if missing := [key for key in wanted if key not in found]:
        raise ValidationError(_("There is no response %(key)s in the project.") % {"key": missing[0]})
    return [found[key] for key in dict.fromkeys(wanted)]
