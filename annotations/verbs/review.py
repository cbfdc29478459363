"""Review: a reviewer accepts a person's critique, accepts it with changes, or returns it with reasons.

A revision is reviewed once; the person's next one is reviewed anew. Nobody reviews their own work. Changes are a
critique of the reviewer's own (stage `review`), typed in a draft that begins as the person's; both stay. The head of
the person's critique is locked first, so that a decision and a revision of the same moment come one after the other.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from annotations.core import schema
from annotations.models import Critique, CritiqueHead, Draft, Project, Response, Review
from annotations.verbs.blindness import may_see_others
from annotations.verbs.draft import begin_from
from annotations.verbs.permissions import require
from annotations.verbs.store import author_for

LONGEST_REASONS = 4000  # characters


class Settled(RuntimeError):
    """Somebody has reviewed this revision already, or its author has written a later one."""


@transaction.atomic
def accept(critique: Critique, *, by: Any) -> Review:
    """Raises PermissionDenied and Settled."""
    check_open(critique, by)
    return _decided(critique, "accepted", by)


@transaction.atomic
def send_back(critique: Critique, reasons: str, *, by: Any) -> Review:
    """Returned: its author finds it in My work with the reasons. Raises PermissionDenied, Settled, ValueError."""
    reasons = reasons.replace("\r\n", "\n").strip()
    if not reasons or len(reasons) > LONGEST_REASONS or "\0" in reasons:
        raise ValueError(
            _("Reasons: expected what to look at again, in at most %(most)s characters; found %(found)s.")
            % {"most": LONGEST_REASONS, "found": len(reasons) or _("none")}
        )
    check_open(critique, by)
    return _decided(critique, "returned", by, reasons=reasons)


@transaction.atomic
def change(critique: Critique, *, by: Any) -> Draft:
    """A draft of the reviewer's that begins as the critique; submitting it accepts the critique with changes.

    Raises PermissionDenied, Settled, and DraftInTheWay where the reviewer is at something else of this response.
    """
    check_open(critique, by)
    return begin_from(critique, by, purpose="review")


def drop_changes(critique: Critique, *, by: Any) -> None:
    """Throws the reviewer's unfinished changes away; the critique waits for a decision as before."""
    Draft.objects.filter(user=by, purpose="review", revises=critique).delete()


def check_open(critique: Critique, by: Any) -> None:
    """Inside the caller's transaction: this person may decide on this critique now, and nobody else does meanwhile.

    Raises PermissionDenied (also for an item that the person is to critique blindly first) and Settled.
    """
    require(by, "review", critique.project)
    if critique.author.kind != "person" or critique.author.user_id == by.pk:
        raise PermissionDenied(_("Reviewed is what other people wrote: never one's own work, and no critic's."))
    if not may_see_others(by, critique.response):
        raise PermissionDenied(_("Submit your own critique of this response first; then you see what others wrote."))
    head = CritiqueHead.objects.select_for_update().get(
        response=critique.response_id, author=critique.author_id, sample=critique.sample
    )
    if head.critique_id != critique.pk:
        raise Settled(_("Its author has written a later revision meanwhile; review that one."))
    if Review.objects.filter(critique=critique).exists():
        raise Settled(_("Somebody has reviewed this critique already."))


def note_changed(critique: Critique, revision: Critique, *, by: Any) -> Review:
    """The reviewer's draft was stored as `revision`: called by `submit`, after `check_open` in the same transaction."""
    return _decided(critique, "changed", by, revision=revision)


def free_sample(response: Response, by: Any) -> int:
    """A ruling is no further revision of one's own reading of a response, so it stands under a number of its own."""
    last = Critique.objects.filter(response=response, author__user=by).aggregate(last=Max("sample"))["last"]
    return int(last or 0) + 1


def returned_to(user: Any, project: Project) -> QuerySet[Critique]:
    """The person's critiques that a reviewer returned and that they have not revised since, newest first."""
    own = Critique.objects.latest().filter(project=project, author__user=user, review__decision="returned")
    return own.select_related("problem", "review__reviewer").order_by("-review__reviewed_at", "-id")


def _decided(
    critique: Critique, decision: str, by: Any, *, reasons: str = "", revision: Critique | None = None
) -> Review:
    reviewer = schema.Author(kind="person", name=by.get_full_name() or by.get_username())
    return Review.objects.create(
        project_id=critique.project_id,
        response_id=critique.response_id,
        author_id=critique.author_id,
        critique=critique,
        decision=decision,
        reasons=reasons,
        revision=revision,
        reviewer_id=author_for(critique.project, reviewer, user=by),
    )
