"""Comments: the section below a response, compared or submitted, what people do in it, and a project's threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.models import Comment, Critique, Project, Response, Thread
from annotations.models.records import steps_of
from annotations.verbs import comments, teaching
from annotations.verbs.permissions import allows, role_of
from annotations.web.compare_table import Column
from annotations.web.markdown import render_markdown
from annotations.web.project_page import project_page

THREADS_SHOWN = 50  # beside a response; the list has all
PAGE_SIZE = 30
STATES = ("open", "resolved", "all")


@dataclass(frozen=True, slots=True)
class ShownThread:
    """`anchor`: the place on the page, empty where it is not shown there."""

    thread: Thread
    place: str
    anchor: str
    may_resolve: bool


@dataclass(frozen=True, slots=True)
class Talk:
    """What the section and the links to it need. Places are written as in `about`: response, step-2, finding-ID-1."""

    threads: list[ShownThread]
    counts: Counter[str]
    places: list[tuple[str, str]]
    about: str
    own: UUID | None  # the submitted critique whose page this is
    has_more: bool
    may_teach: bool

    @property
    def open(self) -> list[ShownThread]:
        return [each for each in self.threads if each.thread.resolved_at is None]

    @property
    def resolved(self) -> list[ShownThread]:
        return [each for each in self.threads if each.thread.resolved_at is not None]


def talk_of(request: Any, response: Response, columns: Sequence[Column], *, own: Critique | None = None) -> Talk:
    """`response.segmentation` is the cut that the page shows. Reads what told the person of these threads as read."""
    found = comments.visible_threads(request.user, request.project).filter(response=response)
    held = list(_whole(found)[: THREADS_SHOWN + 1])
    has_more = len(held) > THREADS_SHOWN
    held = held[:THREADS_SHOWN]
    comments.read(request.user, held)
    places, anchors = [("response", _("The response"))], {}
    for step in steps_of(response):
        places.append((f"step-{step.number}", _("Step %(number)s") % {"number": step.number}))
        for shown in [one for column in columns for one in column.findings.get(step.number, ())]:
            name = f"finding-{shown.critique}-{shown.ordinal}"
            told = {"label": shown.label, "number": step.number}
            places.append((name, _("Finding %(label)s in step %(number)s") % told))
            anchors[name] = f"finding-{shown.number}"
    by_reviewer = allows(request.role, "compare")
    shown_threads, counts = [], Counter[str]()
    labels = dict(places)
    for thread in held:
        place = place_of(thread)
        is_here = place in labels and (thread.step is None or thread.segmentation == response.segmentation)
        anchor = anchors.get(place, place if thread.step else "")
        counts[place] += is_here
        shown_threads.append(
            ShownThread(
                thread,
                labels[place] if is_here else place_words(thread),
                anchor if is_here else "",
                may_resolve=by_reviewer or thread.opened_by_id == request.user.pk,
            )
        )
    asked = request.GET.get("about", "response")
    return Talk(
        shown_threads,
        counts,
        places,
        about=asked if asked in labels else "response",
        own=own.pk if own is not None else None,
        has_more=has_more,
        may_teach=allows(request.role, "change_rules"),
    )


def place_of(thread: Thread) -> str:
    if thread.critique_id:
        return f"finding-{thread.critique_id}-{thread.finding}"
    return f"step-{thread.step}" if thread.step else "response"


def place_words(thread: Thread) -> str:
    """Where no page says what the place is called on it."""
    if thread.critique is not None:
        told = {"name": thread.critique.author.name, "number": thread.step}
        return _("A finding of %(name)s in step %(number)s") % told
    if thread.step is None:
        return _("The response")
    if thread.segmentation != thread.response.segmentation:
        return _("Step %(number)s of an earlier cut") % {"number": thread.step}
    return _("Step %(number)s") % {"number": thread.step}


def pages_of(threads: Sequence[Thread], project: Project, user: Any) -> list[str]:
    """Where this person reads each of the project's threads: a reader of all on the compare page, others beside their
    own submitted critique where they have one."""
    mine: dict[UUID, UUID] = {}
    if not allows(role_of(user, project), "compare"):
        own = Critique.objects.latest().filter(response__in={thread.response_id for thread in threads})
        mine = dict(own.filter(author__user=user, sample=0).values_list("response_id", "pk"))
    return [
        (reverse("submitted", args=[project.slug, mine[thread.response_id]]) if thread.response_id in mine
         else reverse("compare", args=[project.slug, thread.response_id])) + f"#thread-{thread.pk}"
        for thread in threads
    ]  # fmt: skip


def page_of_thread(thread: Thread, user: Any) -> str:
    return pages_of([thread], thread.project, user)[0]


def _whole(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    people = threads.select_related("critique__author", "response", "opened_by", "resolved_by", "project")
    return people.prefetch_related("comments__author")


@require_POST
@project_page("comment")
def open_thread(request: Any, response_id: UUID) -> HttpResponse:
    """`about` names the place, `text` is the comment, `own` the submitted critique from whose page it comes."""
    response = get_object_or_404(Response, pk=response_id, project=request.project)
    response.project = request.project
    if not comments.may_comment(request.user, response):
        raise PermissionDenied(_("Submit your own critique of this response first; then you may talk about it."))
    key = _uuid(request.POST.get("own", ""))
    own = Critique.objects.filter(pk=key, author__user=request.user).first() if key else None
    try:
        said, untold = comments.open_thread(
            response,
            request.POST.get("text", ""),
            by=request.user,
            segmentation=own.segmentation if own is not None and own.response_id == response.pk else None,
            **_place(request.POST.get("about", "")),
        )
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect(_back(request, response) + "#say")
    _tell(request, untold)
    return redirect(f"{_back(request, response)}#thread-{said.thread_id}")


@require_POST
@project_page("comment")
def answer_thread(request: Any, thread: UUID) -> HttpResponse:
    held = _seen(request, thread)
    try:
        untold = comments.answer(held, request.POST.get("text", ""), by=request.user)[1]
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    else:
        _tell(request, untold)
    return redirect(f"{_back(request, held.response)}#thread-{held.pk}")


@require_POST
@project_page("comment")
def resolve_thread(request: Any, thread: UUID) -> HttpResponse:
    """`resolved` 1 or 0."""
    held = _seen(request, thread)
    comments.resolve(held, by=request.user, resolved=request.POST.get("resolved") == "1")
    return redirect(f"{_back(request, held.response)}#thread-{held.pk}")


@require_safe
@project_page("comment")
def threads_page(request: Any) -> HttpResponse:
    """What this person may read of all threads. `?state=` open, resolved, all."""
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    found = comments.visible_threads(request.user, request.project)
    if state != "all":
        found = found.filter(resolved_at__isnull=state == "open")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    shown: Any = page.object_list
    held = list(_whole(shown).select_related("response__problem"))
    urls = pages_of(held, request.project, request.user)
    rows = [(thread, place_words(thread), url) for thread, url in zip(held, urls, strict=True)]
    context = {"page": page, "rows": rows, "state": state, "states": STATES, "query": f"state={state}&"}
    return render(request, "comments/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("change_rules")
def comment_into_guideline(request: Any, comment: UUID) -> HttpResponse:
    """GET proposes the guideline with this comment and its example, to be edited; POST `text` makes it a version."""
    rows = Comment.objects.select_related("thread__response__problem", "thread__project", "author")
    said = get_object_or_404(rows, pk=comment, thread__project=request.project)
    if not comments.visible_threads(request.user, request.project).filter(pk=said.thread_id).exists():
        raise Http404(_("There is no such comment, or you may not see it yet."))
    text, refused = request.POST.get("text"), ""
    if text is not None and "preview" not in request.POST:
        try:
            version = teaching.comment_into_guideline(said, text, by=request.user)
        except ValidationError as problem:
            refused = " ".join(problem.messages)
        else:
            messages.success(request, _("The guideline now stands at version %(number)s.") % {"number": version.number})
            return redirect(page_of_thread(said.thread, request.user))
    text = teaching.guideline_with(said) if text is None else text
    context = {"said": said, "text": text, "html": render_markdown(text), "refused": refused,
               "back": page_of_thread(said.thread, request.user)}  # fmt: skip
    return render(request, "comments/guideline.html", context, status=422 if refused else 200)


def _place(about: str) -> dict[str, Any]:
    """`about` as the verb's arguments. Raises ValidationError."""
    kind, _dash, rest = about.partition("-")
    if kind == "finding":
        critique, _dash, ordinal = rest.rpartition("-")
        if (key := _uuid(critique)) is not None and ordinal.isdecimal():
            return {"critique": key, "finding": int(ordinal[:4])}
    elif kind == "step" and rest.isdecimal():
        return {"step": int(rest[:4])}
    elif about == "response":
        return {}
    raise ValidationError(_("There is no such place to comment on."))


def _seen(request: Any, thread: UUID) -> Thread:
    """404 for what this person may not read now: that it is there stays untold."""
    seen = comments.visible_threads(request.user, request.project)
    return get_object_or_404(seen.select_related("response", "project", "critique__author__user"), pk=thread)


def _back(request: Any, response: Response) -> str:
    """To the page that the form stood on."""
    slug, own = request.project.slug, _uuid(request.POST.get("own", ""))
    if own is not None and Critique.objects.filter(pk=own, author__user=request.user, response=response).exists():
        return reverse("submitted", args=[slug, own])
    return reverse("compare", args=[slug, response.pk])


def _tell(request: Any, untold: Sequence[str]) -> None:
    if untold:
        told = _("Not told, since they may not see this now: %(names)s.") % {"names": ", ".join(untold)}
        messages.warning(request, told)


def _uuid(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None


urlpatterns = [
    path("p/<slug:slug>/comments", threads_page, name="threads"),
    path("p/<slug:slug>/comments/on/<uuid:response_id>", open_thread, name="open_thread"),
    path("p/<slug:slug>/comments/<uuid:thread>/answer", answer_thread, name="answer_thread"),
    path("p/<slug:slug>/comments/<uuid:thread>/resolve", resolve_thread, name="resolve_thread"),
    path("p/<slug:slug>/comments/<uuid:comment>/guideline", comment_into_guideline, name="comment_into_guideline"),
]
