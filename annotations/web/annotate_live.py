"""What the scripts of the Annotate page ask for, in JSON: edits, signs of life, the item after this one, submit.

Each request says in `X-Person` whose page it comes from. Where somebody else has logged in since, nothing of it is
taken: what one person typed never reaches the drafts of another.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotations.core.codec import FieldError
from annotations.models import Assignment, Critique, Draft
from annotations.verbs import assign
from annotations.verbs.draft import DraftGone, Edit, begin_draft, changes_since, open_draft, parse_edit, save
from annotations.verbs.returning import sign_of_life
from annotations.verbs.review import Settled
from annotations.verbs.submit import Incomplete, PlaceTaken, submit_critique
from annotations.verbs.teaching import unconfirmed
from annotations.web.project_page import project_page
from annotations.web.submitted import page_to_show_first

MOST_EDITS = 500  # in one request

View = Callable[..., JsonResponse]


def of_the_same_person(view: View) -> View:
    """409 where the page is another person's than the session."""

    @wraps(view)
    def checked(request: Any, *args: Any, **kwargs: Any) -> JsonResponse:
        if request.headers.get("X-Person", str(request.user.pk)) != str(request.user.pk):
            name = request.user.get_username()
            error = _("%(name)s is logged in here now. What was typed on this page is kept for its own person.")
            return JsonResponse({"error": error % {"name": name}, "somebody_else": name}, status=409)
        return view(request, *args, **kwargs)

    return checked


@require_POST
@project_page("annotate")
@of_the_same_person
def edits(request: Any, draft: UUID) -> JsonResponse:
    """`{"edits": [{path, value, base_version, client, number}, …], "since": version}` → versions, conflicts, changes.

    `changes` are what others (another tab, another device) wrote after the version that this page knows.
    """
    try:
        since, asked = _parse(request)
        own = _draft_or_gone(request, draft)
        saved = save(own, asked)
        changes = _changes(own, since) if since is not None and saved.version_before > since else []
    except FieldError as error:
        return _refused(error)
    except DraftGone as gone:
        return _gone(request, draft, gone)
    conflicts = [{"path": one.path, "value": one.value, "version": one.version} for one in saved.conflicts]
    return JsonResponse(
        {
            "version": saved.version,
            "versions": saved.versions,
            "conflicts": conflicts,
            "known": saved.known,
            "changes": changes,
            "segmentation": own.segmentation,
        }
    )


def _parse(request: Any) -> tuple[int | None, list[Edit]]:
    asked = _body(request)
    return _version(asked.get("since")), _edits(asked.get("edits"))


def _body(request: Any) -> dict[str, Any]:
    try:
        asked = json.loads(request.body or b"{}")
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FieldError("body", "JSON in UTF-8", str(error)) from error
    if not isinstance(asked, dict):
        raise FieldError("body", "a JSON object", repr(asked)[:120])
    return asked


def _edits(asked: Any) -> list[Edit]:
    if not isinstance(asked, list) or len(asked) > MOST_EDITS:
        raise FieldError("edits", f"a list of at most {MOST_EDITS} edits", repr(asked)[:120])
    return [parse_edit(edit) for edit in asked]


def _refused(error: FieldError) -> JsonResponse:
    told = {"error": str(error), "field": error.field, "expected": error.expected, "found": error.found}
    return JsonResponse(told, status=400)


def _version(value: Any) -> int | None:
    if value is not None and (type(value) is not int or not 0 <= value < 2**53):
        raise FieldError("since", "a version of the draft, 0 or more", repr(value)[:40])
    return value


def _changes(draft: Draft, since: int) -> list[dict[str, Any]]:
    return [
        {"path": row.path, "value": row.value, "version": row.version, "client": row.client}
        for row in changes_since(draft, since)
    ]


def _draft_or_gone(request: Any, draft: UUID) -> Draft:
    found = Draft.objects.select_related("project", "user").filter(pk=draft, user=request.user, project=request.project)
    own = found.first()
    if own is None:
        raise DraftGone(_("This critique has been submitted, or its draft is not yours."))
    return own


def _gone(request: Any, draft: UUID, gone: DraftGone) -> JsonResponse:
    """With the critique that became of the draft, and where it can be revised."""
    critique = Critique.objects.filter(key=f"draft {draft}", author__user=request.user, project=request.project).first()
    told = {"error": str(gone), "critique": None, "revise_url": None}
    if critique is not None:
        revise_url = reverse("annotate_revise", args=[request.project.slug, critique.pk])
        told |= {"critique": str(critique.pk), "revise_url": revise_url}
    return JsonResponse(told, status=410)


@require_POST
@project_page("annotate")
@of_the_same_person
def heartbeat(request: Any, draft: UUID) -> JsonResponse:
    """`{"since": version}` → whether the item is held, whether it had been lost, and what others wrote since.

    It is a sign of life of the person, not of the page: the page sends none while nobody touches it.
    """
    try:
        own = _draft_or_gone(request, draft)
        since = _version((json.loads(request.body or b"{}") or {}).get("since"))
    except DraftGone as gone:
        return _gone(request, draft, gone)
    except (FieldError, ValueError, AttributeError) as error:
        return JsonResponse({"error": str(error)}, status=400)
    assignment, was_lost = (None, False) if own.revises_id else sign_of_life(own)
    return JsonResponse(
        {
            "held": own.revises_id is not None or assignment is not None,
            "was_lost": was_lost,
            "version": own.version,
            "segmentation": own.segmentation,
            "changes": _changes(own, since) if since is not None and own.version > since else [],
        }
    )


@require_POST
@project_page("annotate")
@of_the_same_person
def ahead(request: Any, draft: UUID) -> JsonResponse:
    """The draft of the item after this one, to be fetched while the person still works on this one."""
    own = Draft.objects.filter(pk=draft, user=request.user, project=request.project).first()
    following = assign.assign_ahead(request.user, request.project, beside=own.response_id) if own else None
    return JsonResponse(_place(request, following, open_draft) if following else {"draft": None, "url": None})


@require_POST
@project_page("annotate")
@of_the_same_person
def submit(request: Any, draft: UUID) -> JsonResponse:
    """`{"edits": […]}` → the draft with them becomes a critique, and the next item is the person's: `{critique, next}`.

    The last edits, such as the time spent, come along so that there is one request between two items.
    Where the project reveals something of this item, its page comes first, and no further item is given yet.
    """
    try:
        _save_along(request, draft)
        critique = submit_critique(draft, request.user)
    except FieldError as error:
        return _refused(error)
    except Incomplete as incomplete:
        lacking = [{"step": item.step, "what": item.what} for item in incomplete.lacking]
        return JsonResponse({"missing": lacking, "error": str(incomplete)}, status=422)
    except (PlaceTaken, DraftGone, Settled) as refused:
        return JsonResponse({"error": str(refused)}, status=409)
    critique.project = request.project
    if first := page_to_show_first(critique, request.user):
        return JsonResponse({"critique": str(critique.pk), "next": {"draft": None, "url": first}})
    changed = unconfirmed(request.user, request.project) is not None  # the page asks to confirm it before the next item
    following = None if changed else assign.next_assignment(request.user, request.project)
    nothing_left = {"draft": None, "url": reverse("annotate", args=[request.project.slug])}
    place = _place(request, following, begin_draft) if following else nothing_left
    return JsonResponse({"critique": str(critique.pk), "next": place})


def _save_along(request: Any, draft: UUID) -> None:
    """The edits that a submit brings. Those of a draft that is a critique already have come before, with it."""
    asked = _edits(_body(request).get("edits", []))
    own = Draft.objects.filter(pk=draft, user=request.user, project=request.project).first() if asked else None
    if own is not None:
        save(own, asked)


def _place(request: Any, assignment: Assignment, opened: Callable[[Assignment], Draft]) -> dict[str, str]:
    draft = opened(assignment)
    return {"draft": str(draft.pk), "url": reverse("annotate_draft", args=[request.project.slug, draft.pk])}


urlpatterns = [
    path("p/<slug:slug>/annotate/<uuid:draft>/edits", edits, name="annotate_edits"),
    path("p/<slug:slug>/annotate/<uuid:draft>/heartbeat", heartbeat, name="annotate_heartbeat"),
    path("p/<slug:slug>/annotate/<uuid:draft>/ahead", ahead, name="annotate_ahead"),
    path("p/<slug:slug>/annotate/<uuid:draft>/submit", submit, name="annotate_submit"),
]
