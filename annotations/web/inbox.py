"""A person's inbox: the comments that they are told of, in all their projects, newest first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models.functions import Now
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from annotations.models import Notice, Project
from annotations.verbs import comments
from annotations.web.comments import page_of_thread, place_words

PAGE_SIZE = 30
KINDS = {
    "mention": gettext_lazy("named you"),
    "yours": gettext_lazy("wrote about your critique"),
    "answer": gettext_lazy("answered"),
}


@require_safe
@login_required
def inbox(request: Any) -> HttpResponse:
    """What a person may not read now (an item that they are at work on) is listed without who, where and what."""
    mine = Notice.objects.filter(user=request.user)
    page = Paginator(mine, PAGE_SIZE).get_page(request.GET.get("page"))
    whole = ("comment__author", "comment__thread__response__problem", "comment__thread__project")
    shown: Any = page.object_list
    held = list(shown.select_related(*whole, "comment__thread__critique__author"))
    wanted = {notice.comment.thread_id for notice in held}
    seen: set[UUID] = set()
    for project in Project.objects.filter(pk__in={notice.comment.thread.project_id for notice in held}):
        threads = comments.visible_threads(request.user, project).filter(pk__in=wanted)
        seen.update(threads.values_list("pk", flat=True))
    rows = [(notice, place_words(notice.comment.thread), notice.comment.thread_id in seen) for notice in held]
    context = {"page": page, "rows": rows, "kinds": KINDS, "unread": mine.filter(read_at=None).count()}
    return render(request, "inbox/page.html", context)


@require_POST
@login_required
def open_notice(request: Any, notice: UUID) -> HttpResponse:
    """Counts as read, and on to the place."""
    rows = Notice.objects.select_related("comment__thread__project")
    held = get_object_or_404(rows, pk=notice, user=request.user)
    Notice.objects.filter(pk=held.pk, read_at=None).update(read_at=Now())
    return redirect(page_of_thread(held.comment.thread, request.user))


@require_POST
@login_required
def mark_read(request: Any) -> HttpResponse:
    """`notice`: that one; without it, all."""
    unread = Notice.objects.filter(user=request.user, read_at=None)
    if "notice" in request.POST:
        unread = unread.filter(pk__in=[key for key in request.POST.getlist("notice") if _is_uuid(key)])
    unread.update(read_at=Now())
    return redirect("inbox")


def _is_uuid(written: str) -> bool:
    try:
        UUID(written)
    except ValueError:
        return False
    return True


urlpatterns = [
    path("inbox", inbox, name="inbox"),
    path("inbox/read", mark_read, name="mark_read"),
    path("inbox/<uuid:notice>", open_notice, name="open_notice"),
]
