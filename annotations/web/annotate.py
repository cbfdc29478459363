"""Annotate: one item at a time; drafts saved as they are typed; submit, and the next.

The page is a form that works by itself. What its scripts ask for lies in annotate_live.py.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotations.core.codec import FieldError
from annotations.models import Assignment, Critique, Draft, Review
from annotations.verbs import assign
from annotations.verbs.assign import is_paused
from annotations.verbs.draft import DraftGone, begin_draft, fields_of, revise, save_form
from annotations.verbs.draft_paths import DraftContext
from annotations.verbs.gold import open_signal
from annotations.verbs.nothing_left import why_nothing
from annotations.verbs.returning import left_draft
from annotations.verbs.review import Settled
from annotations.verbs.step_reveal import NotYet, show_next
from annotations.verbs.submit import Incomplete, PlaceTaken, submit_critique
from annotations.verbs.teaching import unconfirmed
from annotations.web.annotate_form import marks_of_form, values_of_form
from annotations.web.markdown import render_markdown
from annotations.web.project_page import project_page
from annotations.web.step_text import render_step
from annotations.web.submitted import page_to_show_first
from annotations.web.workbench import step_texts, step_view_of, workbench_of


@require_safe
@project_page("annotate")
def annotate(request: Any) -> HttpResponse:
    """The item that the person holds, or the next one of the queue, which becomes theirs by this request."""
    if unconfirmed(request.user, request.project) is not None:
        return redirect("confirm_guideline", request.project.slug)
    assignment = assign.next_assignment(request.user, request.project)
    if assignment is None or assignment.just_given:
        _tell_of_the_one_left(request, assignment)
    if assignment is None and is_paused(request.user, request.project):
        return render(request, "annotate/paused.html", {"signal": open_signal(request.user, request.project)})
    if assignment is None:
        return render(request, "annotate/nothing_left.html", {"why": why_nothing(request.user, request.project)})
    signal = open_signal(request.user, request.project)
    if signal is not None and signal.level == "warned":
        told = _(
            "Lately you often found another first error than the project holds right. Please read the guideline again."
        )
        messages.warning(request, told)
    return _page(request, begin_draft(assignment))


@require_safe
@project_page("annotate")
def annotate_draft(request: Any, draft: UUID) -> HttpResponse:
    """One draft of the person's own, such as a revision; what became of it once it is submitted."""
    drafts = Draft.objects.select_related("project", "response")
    own = drafts.filter(pk=draft, user=request.user, project=request.project).first()
    if own is not None:
        return _page(request, own)
    submitted = get_object_or_404(Critique, key=f"draft {draft}", author__user=request.user, project=request.project)
    return redirect("submitted", request.project.slug, submitted.pk)


def _tell_of_the_one_left(request: Any, assignment: Assignment | None) -> None:
    left = left_draft(request.user, request.project, assignment)
    if left is None:
        return
    if assignment is not None and assignment.response_id == left.response_id:
        told = _("You were away for longer than an item is kept. This one was still free: it is yours again.")
        messages.warning(request, told)
        return
    kept = _("You were away for longer than an item is kept, and somebody else has taken it. Your draft is kept:")
    link = reverse("annotate_draft", args=[request.project.slug, left.pk])
    messages.warning(request, format_html('{} <a href="{}">{}</a>', kept, link, _("open it")))


def _page(request: Any, draft: Draft, *, lacking: Any = (), status: int = 200) -> HttpResponse:
    is_plain = request.GET.get("form") == "plain" or bool(lacking)
    bench = workbench_of(draft, request.user, lacking=lacking, is_plain=is_plain)
    returned = draft.revises_id and Review.objects.filter(critique=draft.revises_id, decision="returned").first()
    return render(request, "annotate/page.html", {"bench": bench, "returned": returned or None}, status=status)


def _own_draft(request: Any, draft: UUID) -> Draft:
    drafts = Draft.objects.select_related("project", "response")
    return get_object_or_404(drafts, pk=draft, user=request.user, project=request.project)


@require_POST
@project_page("annotate")
def next_step(request: Any, draft: UUID) -> JsonResponse:
    """Shows one step more: `{"step": {number, html, text}}`; with the whole chain shown, `{"answer": html}`.

    Neither leaves the server before the steps ahead of it are judged: 409 says which one is not.
    """
    own = _own_draft(request, draft)
    try:
        number = show_next(own)
    except NotYet as not_yet:
        return JsonResponse({"error": str(not_yet)}, status=409)
    except DraftGone as gone:
        return JsonResponse({"error": str(gone)}, status=410)
    if number is None:
        answer = own.response.answer
        return JsonResponse({"answer": render_step(answer) if answer else None})
    view, text = step_view_of(own, number)
    html = render_to_string("annotate/_step.html", {"step": view}, request)
    return JsonResponse({"step": {"number": number, "html": html, "text": text}})


@require_POST
@project_page("annotate")
def form(request: Any, draft: UUID) -> HttpResponse:
    """Save or submit, without scripts."""
    drafts = Draft.objects.select_related("project", "response").filter(user=request.user, project=request.project)
    own = drafts.filter(pk=draft).first()
    try:
        if own is not None and request.POST.get("partial"):
            messages.error(request, _("Nothing was saved: without scripts, use this form, which has every step."))
            return redirect(_plain_page(request, own))
        if own is not None:
            answered = _form_saved(request, own)
            if answered is not None:
                return answered
        after = page_to_show_first(submit_critique(draft, request.user), request.user)
    except FieldError as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
    except Incomplete as incomplete:
        return _page(request, _own_draft(request, draft), lacking=incomplete.lacking, status=422)
    except (PlaceTaken, DraftGone, Settled) as refused:
        messages.error(request, str(refused))
        after = None
    return redirect(after or reverse("annotate", args=[request.project.slug]))


def _plain_page(request: Any, draft: Draft) -> str:
    return reverse("annotate_draft", args=[request.project.slug, draft.pk]) + "?form=plain"


def _form_saved(request: Any, own: Draft) -> HttpResponse | None:
    """Keeps what the form says; None where it is to be submitted, else where the person goes from here."""
    page = _plain_page(request, own)
    stored = {path: row.value for path, row in fields_of(own).items()}
    texts = step_texts(own)[: DraftContext(own).steps_shown]
    save_form(
        own,
        values_of_form(request.POST, steps=len(texts), stored=stored, asks_skills=own.project.ask_skills),
    )
    try:
        save_form(own, marks_of_form(request.POST, texts=texts, stored=stored))
    except FieldError as error:
        messages.error(request, _("All is saved but the marks. %(error)s") % {"error": error})
        return redirect(page)
    if request.POST.get("action") == "next_step":
        return _shown_next(request, own)
    if request.POST.get("action") == "submit":
        return None
    messages.success(request, _("Saved."))
    added = request.POST.get("add_finding")
    return redirect(f"{page}#step-{added}" if added else page)


def _shown_next(request: Any, draft: Draft) -> HttpResponse:
    """The next step for a browser without scripts."""
    page = _plain_page(request, draft)
    try:
        number = show_next(draft)
    except NotYet as not_yet:
        messages.error(request, str(not_yet))
        return redirect(page)
    return redirect(f"{page}#step-{number or 'answer'}")


@require_POST
@project_page("annotate")
def skip(request: Any, draft: UUID) -> HttpResponse:
    """Gives the item back with a reason; what was typed stays in the draft."""
    own = _own_draft(request, draft)
    held = Assignment.objects.filter(response=own.response_id, user=request.user, state="held").first()
    if held is not None:
        try:
            assign.skip(held, request.POST.get("reason", ""), request.POST.get("words", ""))
        except ValueError as error:
            return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
    return redirect("annotate", request.project.slug)


@require_POST
@project_page("annotate")
def revise_critique(request: Any, critique: UUID) -> HttpResponse:
    """A draft that begins as the person's own critique."""
    row = get_object_or_404(Critique, pk=critique, project=request.project)
    try:
        return redirect("annotate_draft", request.project.slug, revise(row, request.user).pk)
    except PermissionError as error:
        raise PermissionDenied(str(error)) from error
    except LookupError as error:
        raise Http404(str(error)) from error


@require_safe
@project_page("see_project")
def guideline(request: Any) -> HttpResponse:
    """The project's guideline, as a page or, for htmx, as the inside of a dialog."""
    latest = request.project.guidelines.first()
    template = "annotate/_guideline.html" if _is_htmx(request) else "annotate/guideline.html"
    return render(request, template, {"text": render_markdown(latest.text) if latest else None, "guideline": latest})


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


urlpatterns = [
    path("p/<slug:slug>/annotate", annotate, name="annotate"),
    path("p/<slug:slug>/annotate/<uuid:draft>", annotate_draft, name="annotate_draft"),
    path("p/<slug:slug>/annotate/<uuid:draft>/next-step", next_step, name="annotate_next_step"),
    path("p/<slug:slug>/annotate/<uuid:draft>/form", form, name="annotate_form"),
    path("p/<slug:slug>/annotate/<uuid:draft>/skip", skip, name="annotate_skip"),
    path("p/<slug:slug>/annotate/revise/<uuid:critique>", revise_critique, name="annotate_revise"),
    path("p/<slug:slug>/guideline", guideline, name="guideline"),
]
