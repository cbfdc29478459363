"""Somebody comes back: which item they had left for longer than its lease, and whether it is theirs again."""

from __future__ import annotations

from typing import Any

from annotations.models import Assignment, Draft, Project
from annotations.verbs.assign import heartbeat, reclaim


def left_draft(user: Any, project: Project, now_given: Assignment | None) -> Draft | None:
    """The draft of the item that this person left until its lease ran out, unless they worked on others since.

    `now_given` is the item that they got at coming back; it may be the same one.
    """
    drafts = Draft.objects.filter(user=user, project=project, revises=None, version__gt=0)
    left = (
        Assignment.objects.filter(user=user, project=project, state="expired", response__in=drafts.values("response"))
        .order_by("-given_at", "-id")
        .first()
    )
    if left is None:
        return None
    since = Assignment.objects.filter(user=user, project=project, given_at__gt=left.given_at).exclude(state="expired")
    if now_given is not None:
        since = since.exclude(pk=now_given.pk)
    return None if since.exists() else drafts.get(response=left.response_id)


def sign_of_life(draft: Draft) -> tuple[Assignment | None, bool]:
    """Keeps the draft's item for the person who types; one that was lost is taken again where it is free.

    Returns the assignment (None where the item's places are taken, or the person skipped it), and whether it had been
    lost in the meantime.
    """
    held = Assignment.objects.filter(response=draft.response_id, user=draft.user_id, state="held").first()
    if held is not None and heartbeat(held):
        return held, False
    return reclaim(draft.user, draft.project, draft.response_id), True
