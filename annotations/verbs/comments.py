"""Comments on a response, a step or a finding: who reads them, and who is told of them.

The rule of blindness.py holds for them too, in one query (`visible_threads`): who may not see now what others wrote of
a response sees no comment on it, and is told of none; a comment on a finding is seen by whoever may see its critique.
Two things go beyond it, once a person is not at work on the item: comments on their own critique, and threads that
they opened, so that somebody who is asked a question can answer where the project reveals nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotations.models import Assignment, Comment, Critique, Finding, Notice, Project, Response, Thread
from annotations.verbs.blindness import readable, visible_critiques, visible_responses
from annotations.verbs.permissions import allows, role_of

LONGEST_COMMENT = 4000  # characters
MOST_MENTIONS = 20
_MENTION = re.compile(r"(?<![\w.+@-])@([\w.@+-]+)")


def visible_threads(user: Any, project: Project) -> QuerySet[Thread]:
    """The threads of the project that this person may read now."""
    threads = Thread.objects.filter(project=project)
    role = role_of(user, project)
    if not allows(role, "comment"):
        return threads.none()
    own = Critique.objects.filter(response=OuterRef("response"), author__user=user)
    seen = Q(response__in=visible_responses(user, project).values("pk")) & (
        Q(critique=None) | Q(critique__in=readable(role, Critique.objects.filter(project=project)).values("pk"))
    )
    mine = Q(critique__author__user=user) | (Q(opened_by=user) & Exists(own))
    if project.blind or project.step_reveal:
        holding = Assignment.objects.filter(response=OuterRef("response"), user=user, state="held")
        return threads.filter(~Exists(holding) & (seen | mine))
    return threads.filter(seen | mine)


def may_comment(user: Any, response: Response) -> bool:
    """Whoever may see what others wrote of it, or has submitted their own critique of it and is done with it."""
    if not allows(role_of(user, response.project), "comment"):
        return False
    if visible_responses(user, response.project).filter(pk=response.pk).exists():
        return True
    holding = Assignment.objects.filter(response=response, user=user, state="held")
    return Critique.objects.filter(response=response, author__user=user).exists() and not holding.exists()


@transaction.atomic
def open_thread(
    response: Response,
    text: str,
    *,
    by: Any,
    segmentation: int | None = None,
    step: int | None = None,
    critique: UUID | None = None,
    finding: int | None = None,
) -> tuple[Comment, list[str]]:
    """On the response; with `step` (of the cut `segmentation`, or the one in force) on that step; with `critique` and
    `finding` (its ordinal) on that finding. Returns what `answer` returns.

    Raises PermissionDenied where the person may not see the place, ValidationError for a place that is none, or a text.
    """
    if not may_comment(by, response):
        raise PermissionDenied(_("Submit your own critique of this response first; then you may talk about it."))
    segmentation = segmentation or response.segmentation
    if critique is not None:
        seen = visible_critiques(by, response.project).filter(response=response, pk=critique)
        found = Finding.objects.filter(critique__in=seen.values("pk"), ordinal=finding).first()
        if found is None:
            raise PermissionDenied(_("There is no such finding, or you may not see it yet."))
        segmentation, step = Critique.objects.values_list("segmentation", flat=True).get(pk=critique), found.step
    elif step is not None and not response.steps.filter(segmentation=segmentation, number=step).exists():
        raise ValidationError(_("There is no such step."))
    thread = Thread.objects.create(
        project_id=response.project_id,
        response=response,
        segmentation=segmentation if step is not None else None,
        step=step,
        critique_id=critique,
        finding=finding if critique is not None else None,
        opened_by=by,
    )
    return _said(thread, text, by)


@transaction.atomic
def answer(thread: Thread, text: str, *, by: Any) -> tuple[Comment, list[str]]:
    """The comment, and the names in it of members who were not told, since they may not see it now.

    Raises PermissionDenied and ValidationError.
    """
    _check_seen(thread, by)
    return _said(thread, text, by)


@transaction.atomic
def resolve(thread: Thread, *, by: Any, resolved: bool = True) -> None:
    """Settles a thread, or opens it again. For who opened it, and for admins and reviewers."""
    _check_seen(thread, by)
    if thread.opened_by_id != by.pk and not allows(role_of(by, thread.project), "compare"):
        raise PermissionDenied(_("A thread is resolved by whoever began it, or by a reviewer."))
    held = Thread.objects.filter(pk=thread.pk, resolved_at__isnull=resolved)
    if resolved:
        held.update(resolved_at=Now(), resolved_by=by)
    else:
        held.update(resolved_at=None, resolved_by=None)


def read(user: Any, threads: Iterable[Thread]) -> None:
    """These threads were shown to the person: what told of them counts as read."""
    shown = [thread.pk for thread in threads]
    if shown:
        Notice.objects.filter(user=user, comment__thread__in=shown, read_at=None).update(read_at=Now())


def _check_seen(thread: Thread, by: Any) -> None:
    if not visible_threads(by, thread.project).filter(pk=thread.pk).exists():
        raise PermissionDenied(_("You may not see these comments now."))


def _said(thread: Thread, text: str, by: Any) -> tuple[Comment, list[str]]:
    text = text.replace("\r\n", "\n").strip()
    if not text or len(text) > LONGEST_COMMENT or "\0" in text:
        raise ValidationError(
            _("Comment: expected a text of at most %(most)s characters; found %(found)s.")
            % {"most": LONGEST_COMMENT, "found": len(text) or _("none")}
        )
    comment = Comment.objects.create(thread=thread, author=by, text=text)
    Thread.objects.filter(pk=thread.pk).exclude(resolved_at=None).update(resolved_at=None, resolved_by=None)
    mentioned = _mentioned(thread.project, text)
    told: dict[int, tuple[Any, str]] = {person.pk: (person, "mention") for person in mentioned}
    if thread.critique is not None and (writer := thread.critique.author.user):
        told.setdefault(writer.pk, (writer, "yours"))
    spoke = get_user_model().objects.filter(Q(comments__thread=thread) | Q(pk=thread.opened_by_id)).distinct()
    for person in spoke:
        told.setdefault(person.pk, (person, "answer"))
    told.pop(by.pk, None)
    may = {pk for pk, (person, _kind) in told.items() if _sees(person, thread)}
    Notice.objects.bulk_create(
        Notice(user=person, comment=comment, kind=kind) for pk, (person, kind) in told.items() if pk in may
    )
    untold = [person.get_username() for person in mentioned if person.pk not in may and person.pk != by.pk]
    return comment, untold


def _mentioned(project: Project, text: str) -> list[Any]:
    """Members named by `@username`; a full stop after the name is none of it."""
    names = {name.rstrip(".-+@").lower() for name in _MENTION.findall(text)}
    if not names:
        return []
    wanted = Q()
    for name in sorted(names)[:MOST_MENTIONS]:
        wanted |= Q(username__iexact=name)
    members = get_user_model().objects.filter(wanted, is_active=True, memberships__project=project)
    return list(members.order_by("username"))


def _sees(person: Any, thread: Thread) -> bool:
    return bool(person.is_active) and visible_threads(person, thread.project).filter(pk=thread.pk).exists()
