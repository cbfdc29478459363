"""Unread notices by mail: one mail a person and period, of how many there are and where; what was said stays here.

The row of a mail is committed before the mail is handed to the server. Whoever is killed in between leaves a row that
nobody finished: that mail is not sent a second time, and what it would have told is in the next one, a period later.
A mail that the server refused is tried again after `RETRY`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.models import Digest, Notice, Preferences, Project
from annotations.verbs.comments import visible_threads

logger = logging.getLogger(__name__)

PERIODS = {"soon": timedelta(minutes=10), "daily": timedelta(days=1)}
RETRY = timedelta(minutes=10)
MOST_NOTICES = 500  # of a mail; the inbox has them all
_DEFAULT = Preferences._meta.get_field("mail").default


@dataclass(frozen=True, slots=True)
class Line:
    project: Project
    count: int
    people: list[str]


def due() -> QuerySet[Any]:
    """The people to whom a mail is to go now: with an address, something unread since the last one, and no mail yet
    within the period that they chose."""
    now = timezone.now()
    people = get_user_model().objects.filter(is_active=True).exclude(email="")
    told = Digest.objects.filter(user=OuterRef("pk"))
    wanted = Q()
    for mail, period in PERIODS.items():
        chosen = Q(preferences__mail=mail)
        if mail == _DEFAULT:
            chosen |= Q(preferences=None)
        recent = told.filter(
            Q(begun_at__gt=now - period, state__in=["sending", "sent"]) | Q(begun_at__gt=now - RETRY, state="failed")
        )
        wanted |= chosen & ~Q(Exists(recent))
    sent = Digest.objects.filter(user=OuterRef("user"), state="sent", begun_at__gte=OuterRef("at"))
    unread = Notice.objects.filter(user=OuterRef("pk"), read_at=None).exclude(Exists(sent))
    return people.filter(wanted, Exists(unread)).order_by("pk")


def send_due() -> int:
    """One mail to each of `due`; returns how many went. Without a mail server there is nothing to do."""
    if not settings.EMAIL_HOST:
        return 0
    return sum(_send(person) for person in list(due()))


def _send(person: Any) -> bool:
    with transaction.atomic():
        # Of several processes one has the person's row; the others go on to the next.
        locked = get_user_model().objects.select_for_update(skip_locked=True, no_key=True).filter(pk=person.pk).first()
        if locked is None or not due().filter(pk=person.pk).exists():
            return False
        lines = unread_of(person)
        if not lines:
            return False  # all of it lies on items that the person is at work on: told once they have submitted
        digest = Digest.objects.create(user=person)
    try:
        _mail(person, lines)
    except (SMTPException, OSError) as problem:
        logger.warning("The digest for %s was not sent (%s); it is tried again.", person, problem)
        Digest.objects.filter(pk=digest.pk).update(state="failed", error=str(problem)[:500])
        return False
    Digest.objects.filter(pk=digest.pk).update(state="sent")
    return True


def unread_of(person: Any) -> list[Line]:
    """Unread notices by project, without those whose thread the person may not read now."""
    unread = Notice.objects.filter(user=person, read_at=None).select_related("comment__author", "comment__thread")
    held = list(unread[:MOST_NOTICES])
    projects = Project.objects.filter(pk__in={notice.comment.thread.project_id for notice in held}).order_by("name")
    lines = []
    for project in projects:
        seen = set(visible_threads(person, project).values_list("pk", flat=True))
        shown = [notice for notice in held if notice.comment.thread_id in seen]
        people = sorted({notice.comment.author.get_username() for notice in shown})
        if shown:
            lines.append(Line(project, len(shown), people))
    return lines


def _mail(person: Any, lines: list[Line]) -> None:
    mine = Preferences.objects.filter(user=person).first()
    with translation.override((mine.language if mine else "") or settings.LANGUAGE_CODE):
        count = sum(line.count for line in lines)
        subject = ngettext("%(count)s unread comment", "%(count)s unread comments", count) % {"count": count}
        told = [
            ngettext("%(project)s: %(count)s comment by %(people)s", "%(project)s: %(count)s comments by %(people)s",
                     line.count)
            % {"project": line.project.name, "count": line.count, "people": ", ".join(line.people)}
            for line in lines
        ]  # fmt: skip
        told.append("")
        if settings.SITE_URL:
            told.append(_("Read them: %(url)s") % {"url": f"{settings.SITE_URL}/inbox"})
        told.append(_("How often such mails come is set under My account."))
    send_mail(subject=subject, message="\n".join(told) + "\n", from_email=None, recipient_list=[person.email])
