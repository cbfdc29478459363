"""A draft becomes a critique: one transaction, whole or not at all, once however often it is asked.

Lock order (the same as in `assign`): the person's queue, slot, assignment, draft; then the critique is inserted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.core import schema
from annotations.core.codec import FieldError
from annotations.core.validation import check_critique
from annotations.models import Assignment, Critique, Draft, Response, Slot
from annotations.models.records import response_record
from annotations.verbs.assign import reclaim
from annotations.verbs.blindness import has_submitted
from annotations.verbs.draft import DraftGone, fields_of
from annotations.verbs.draft_paths import DraftContext
from annotations.verbs.draft_record import Demands, Missing, critique_of, missing
from annotations.verbs.store import store_critique


class Incomplete(ValueError):
    """What is missing from a draft, or does not fit, step by step."""

    def __init__(self, lacking: Sequence[Missing]) -> None:
        self.lacking = list(lacking)
        super().__init__("; ".join(map(str, lacking)))


class PlaceTaken(RuntimeError):
    """The item was left for longer than its lease, and others have filled its places since."""


@transaction.atomic
def submit_critique(draft_id: UUID, by: Any) -> Critique:
    """Stores the person's draft as their critique; slot done, draft gone. Called again, it gives the same critique.

    Raises Incomplete, PlaceTaken (the draft is kept), DraftGone (no such draft of this person, nor a critique of it).
    """
    draft = Draft.objects.select_related("project", "response__project").filter(pk=draft_id, user=by).first()
    if draft is None:
        return _submitted(draft_id, by)
    assignment = None
    if draft.revises_id is None:
        assignment = reclaim(by, draft.project, draft.response_id)
        if assignment is None:
            return _submitted(draft_id, by, or_else=PlaceTaken(
                _("You were away for longer than this item is kept, and somebody else has taken its last place. "
                "Your draft is kept; skip the item to go on.")
            ))  # fmt: skip
        Slot.objects.select_for_update().get(response_id=assignment.response_id, number=assignment.slot_number)
        Assignment.objects.select_for_update().get(pk=assignment.pk)
    # The other tab may have submitted while this one waited for the locks.
    if Draft.objects.select_for_update().filter(pk=draft_id).first() is None:
        return _submitted(draft_id, by)
    critique = store_critique(_record(draft, by), draft.response, user=by, segmentation=draft.segmentation)
    if assignment is not None:
        Assignment.objects.filter(pk=assignment.pk).update(
            state="submitted", ended_at=timezone.now(), critique=critique
        )
        Slot.objects.filter(response_id=assignment.response_id, number=assignment.slot_number).update(state="done")
    Draft.objects.filter(pk=draft_id).delete()
    return critique


def _record(draft: Draft, by: Any) -> schema.Critique:
    project, context = draft.project, DraftContext(draft)
    values = {path: row.value for path, row in fields_of(draft).items()}
    steps = len(context.step_lengths)
    lacking = missing(values, steps=steps, demands=Demands.of(project))
    record = critique_of(
        draft,
        values,
        steps=steps,
        author=schema.Author(kind="person", name=by.get_full_name() or by.get_username()),
        stage=stage_of(by, draft.response),
        submitted_at=timezone.now(),
    )
    response = Response.objects.prefetch_related("steps", "segmentations").get(pk=draft.response_id)
    response.segmentation = draft.segmentation  # the cut that the person saw, even where a newer one exists
    errors = check_critique(
        record,
        response_record(response),
        scale=project.scale,  # type: ignore[arg-type]
        taxonomy=context.taxonomy,
        images=context.images,
        explanation_required=project.require_explanation,
    )
    lacking = [*lacking, *(_told(error) for error in errors if not lacking)]
    if lacking:
        raise Incomplete(lacking)
    return record


def _told(error: FieldError) -> Missing:
    """The validator's error in the words of the page: `judgments.2.…` is step 3."""
    where = error.field.split(".")
    step = int(where[1]) + 1 if where[0] == "judgments" and len(where) > 1 else 0
    return Missing(step, f"{error.expected} ({'.'.join(where[2:]) or error.field}), found {error.found}")


def stage_of(user: Any, response: Response) -> schema.Stage:
    """`blind` until the person could have seen what others wrote: a second look after the reveal says so."""
    project = response.project
    if not project.blind:
        return "after_reveal"
    return "after_reveal" if project.reveal and has_submitted(user, response) else "blind"


def _submitted(draft_id: UUID, by: Any, *, or_else: Exception | None = None) -> Critique:
    critique = Critique.objects.filter(key=f"draft {draft_id}", author__user=by).first()
    if critique is None:
        raise or_else or DraftGone(_("There is no such draft of yours; it may have been thrown away."))
    return critique
