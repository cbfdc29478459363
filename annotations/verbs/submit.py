"""A draft becomes a critique: one transaction, whole or not at all, once however often it is asked.

Lock order (the same as in `assign`): the person's queue, slot, assignment, draft; then the critique is inserted. A
ruling on others' critiques holds no slot: it locks the head of the critique that it is about instead.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.core import schema
from annotations.core.codec import FieldError
from annotations.core.taxonomy import Taxonomy
from annotations.core.validation import check_critique
from annotations.models import Assignment, Critique, Draft, Response, Slot
from annotations.verbs import adjudicate, gold, review
from annotations.verbs.assign import expire_leases, held_or_free, lock_queue_of, locked_hold
from annotations.verbs.draft import DraftGone, fields_of
from annotations.verbs.draft_paths import DraftContext
from annotations.verbs.draft_record import Demands, Missing, critique_of, missing
from annotations.verbs.store import store_whole
from annotations.verbs.webhooks import ANNOUNCE


class Incomplete(ValueError):
    """What is missing from a draft, or does not fit, step by step."""

    def __init__(self, lacking: Sequence[Missing]) -> None:
        self.lacking = list(lacking)
        super().__init__("; ".join(map(str, lacking)))


class PlaceTaken(RuntimeError):
    """The person gave the item back, and others have filled its places since."""


# Assignment and slot done, or the place of an item that was left kept as an extra; draft gone. One statement.
# Webhooks hear of it by the same statement.
_DONE = f"""
WITH {ANNOUNCE}, fields AS (DELETE FROM annotations_draftfield WHERE draft_id = %(draft)s),
draft AS (DELETE FROM annotations_draft WHERE id = %(draft)s),
assignment AS (
    UPDATE annotations_assignment SET state = %(state)s, ended_at = clock_timestamp(), critique_id = %(critique)s
    WHERE id = %(assignment)s RETURNING response_id, slot_number, state
)
UPDATE annotations_slot s SET state = 'done' FROM assignment a
WHERE s.response_id = a.response_id AND s.number = a.slot_number AND a.state = 'submitted'
"""  # noqa: S608  constants of these modules


@transaction.atomic
def submit_critique(draft_id: UUID, by: Any) -> Critique:
    """Stores the person's draft as their critique; slot done, draft gone. Called again, it gives the same critique.

    What comes in after others have filled the item's places is kept as an extra, outside the overlap's count.
    Raises Incomplete, PlaceTaken (the item was given back) and review.Settled, which keep the draft; DraftGone (no such
    draft of this person, nor a critique of it).
    """
    draft = Draft.objects.select_related("project", "response").filter(pk=draft_id, user=by).first()
    if draft is None:
        return _submitted(draft_id, by)
    draft.response.project = draft.project
    assignment, state = (None, "") if draft.revises_id is not None else _place_of(draft, by)
    if draft.purpose != "critique" and draft.revises is not None:
        try:
            if draft.purpose == "review":
                review.check_open(draft.revises, by)
            else:
                adjudicate.check_open(draft, by)
        except review.Settled:
            if Draft.objects.filter(pk=draft_id).exists():
                raise
            return _submitted(draft_id, by)  # by this person's other tab, a moment ago
    # The other tab may have submitted while this one waited for the locks.
    if not Draft.objects.select_for_update().filter(pk=draft_id).values_list("pk", flat=True):
        return _submitted(draft_id, by)
    critique = store_whole(_record(draft, by), draft.response, user=by, segmentation=draft.segmentation)
    if draft.purpose == "adjudication":
        adjudicate.settle(draft, critique, by=by)
    elif draft.purpose == "review" and draft.revises is not None:
        review.note_changed(draft.revises, critique, by=by)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"draft": draft_id, "critique": critique.pk, "state": state}
        values |= {"assignment": assignment.pk if assignment else None, "project": draft.project_id}
        cursor.execute(_DONE, values | _heard(draft, critique))
    gold.look_at(by, draft.project)
    return critique


def _heard(draft: Draft, critique: Critique) -> dict[str, str]:
    """For webhooks: ids and where it stands, nothing of what it says."""
    told: dict[str, Any] = {"critique": str(critique.pk), "response": str(draft.response_id)}
    if draft.purpose == "adjudication":
        return {"event": "response.adjudicated", "told": json.dumps(told)}
    told |= {"revision": critique.revision, "stage": critique.stage}
    return {"event": "critique.submitted", "told": json.dumps(told)}


def _place_of(draft: Draft, by: Any) -> tuple[Assignment | None, str]:
    """The locked assignment that this submit fills, and the state that it comes into."""
    lock_queue_of(by, draft.project)
    if (held := locked_hold(by, draft.response_id)) is not None:
        return held, "submitted"
    expire_leases(draft.project)
    while (held := held_or_free(by, draft.project, draft.response_id)) is not None:
        Slot.objects.select_for_update().get(response_id=held.response_id, number=held.slot_number)
        locked = Assignment.objects.select_for_update().filter(pk=held.pk, state="held").first()
        if locked is not None:  # else somebody with nothing to do has taken the idle item meanwhile
            return locked, "submitted"
    own = Assignment.objects.filter(user=by, response_id=draft.response_id)
    left = own.select_for_update().order_by("-given_at", "-id").first()
    if left is not None and left.state == "expired":
        return left, "extra"
    if Draft.objects.filter(pk=draft.pk).exists():
        raise PlaceTaken(_("You gave this item back, and somebody else has taken its last place. Your draft is kept."))
    return None, ""


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
        stage=stage_of(by, draft.response) if draft.purpose == "critique" else draft.purpose,  # type: ignore[arg-type]
        submitted_at=timezone.now(),
    )
    if draft.purpose != "critique":
        record = replace(record, sample=review.free_sample(draft.response, by))
    is_marked = any(judgment.findings for judgment in record.judgments)
    errors = check_critique(
        record,
        schema.Response(key=draft.response.key, source_text=draft.response.source_text, steps=context.ranges),
        scale=project.scale,  # type: ignore[arg-type]
        taxonomy=context.taxonomy if is_marked else Taxonomy(),  # of which nothing is asked where nothing was found
        images=context.images if is_marked else 0,
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


_HAS_SEEN = """
SELECT EXISTS (SELECT 1 FROM annotations_review v JOIN annotations_author a ON a.id = v.reviewer_id
               WHERE v.response_id = %(response)s AND a.user_id = %(user)s)
    OR %(reveal)s AND EXISTS (SELECT 1 FROM annotations_critique c JOIN annotations_author a ON a.id = c.author_id
                              WHERE c.response_id = %(response)s AND a.user_id = %(user)s)
"""


def stage_of(user: Any, response: Response) -> schema.Stage:
    """`blind` until the person could have seen what others wrote: a second look after the reveal says so."""
    project = response.project
    if not project.blind:
        return "after_reveal"
    with connection.cursor() as cursor:
        cursor.execute(_HAS_SEEN, {"response": response.pk, "user": user.pk, "reveal": project.reveal})
        return "after_reveal" if cursor.fetchone()[0] else "blind"


def _submitted(draft_id: UUID, by: Any) -> Critique:
    critique = Critique.objects.filter(key=f"draft {draft_id}", author__user=by).first()
    if critique is None:
        raise DraftGone(_("There is no such draft of yours; it may have been thrown away."))
    return critique
