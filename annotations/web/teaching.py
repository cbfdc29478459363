"""The guideline to confirm, with what changed in it; and the cards of the error types."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.core.schema import Region, Span
from annotations.core.word_diff import word_diff
from annotations.models import Card, Critique, GuidelineVersion, Step
from annotations.models.records import critique_record
from annotations.verbs import gold, teaching
from annotations.verbs.blindness import visible_critiques
from annotations.verbs.permissions import allows
from annotations.web.markdown import render_markdown
from annotations.web.project_page import project_page
from annotations.web.step_text import NumberedMark, render_step


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("annotate")
def confirm_guideline(request: Any) -> HttpResponse:
    """What changed since the version that the person knows, and the whole text. POST `number` confirms it."""
    if request.method == "POST":
        number = request.POST.get("number", "")
        try:
            teaching.confirm(request.user, request.project, int(number) if number.isdecimal() else 0)
        except ValidationError as problem:
            messages.error(request, " ".join(problem.messages))
            return redirect("confirm_guideline", request.project.slug)
        return redirect("annotate", request.project.slug)
    latest = GuidelineVersion.objects.filter(project=request.project).order_by("-number").first()
    known = teaching.last_known(request.user, request.project)
    if latest is not None and known is None and latest.number > 1:
        known = GuidelineVersion.objects.filter(project=request.project, number=latest.number - 1).first()
    context = {
        "latest": latest,
        "known": known,
        "text": render_markdown(latest.text) if latest else None,
        "changes": word_diff(known.text, latest.text) if latest and known and known != latest else (),
    }
    return render(request, "teaching/confirm.html", context)


@require_safe
@project_page("see_responses")
def cards_page(request: Any) -> HttpResponse:
    """By type."""
    taxonomy = teaching.taxonomy_in_force(request.project)
    held = list(teaching.cards(request.project))
    steps = _texts(held)
    found = Critique.objects.filter(pk__in=[card.critique_id for card in held if card.critique_id]).whole()
    records = {critique.pk: critique_record(critique) for critique in found}
    groups = [
        (taxonomy.label(code), code, [_shown(card, steps, records) for card in of_type])
        for code, of_type in groupby(held, key=lambda card: card.error_type)
    ]
    types = [(code, taxonomy.label(code)) for code in taxonomy.codes()]
    context = {"groups": groups, "may_make": allows(request.role, "rule_on_items"), "types": types}
    return render(request, "teaching/cards.html", context)


@require_POST
@project_page("rule_on_items")
def make_card(request: Any) -> HttpResponse:
    """`key`, `step`, `error_type`, `words`, and `author`: whose finding; none for a step that is right."""
    try:
        _make(request)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    return redirect("cards", request.project.slug)


def _make(request: Any) -> None:
    found = gold.find(request.project, [request.POST.get("key", "")])
    if not found:
        raise ValidationError(_("Key: expected that of a response of the project."))
    (response,) = found
    step, author = request.POST.get("step", ""), request.POST.get("author", "").strip()
    critique = None
    if author:
        seen = visible_critiques(request.user, request.project).filter(response=response, author__name=author)
        critique = seen.filter(head__isnull=False).first()
        if critique is None:
            raise ValidationError(_("%(name)s has written no critique of it.") % {"name": author})
    teaching.make_card(
        response,
        int(step) if step.isdecimal() else 0,
        request.POST.get("error_type", ""),
        critique=critique,
        words=request.POST.get("words", ""),
        by=request.user,
    )
    messages.success(request, _("The card is shown now."))


def _texts(held: list[Card]) -> dict[tuple[UUID, int, int], str]:
    sources = {card.response_id: card.response.source_text for card in held}
    rows = Step.objects.filter(response__in=sources).values_list(
        "response_id", "segmentation", "number", "start", "end"
    )
    return {(key, cut, number): sources[key][start:end] for key, cut, number, start, end in rows}


def _shown(card: Card, steps: dict[tuple[UUID, int, int], str], records: dict[UUID, Any]) -> dict[str, Any]:
    cut = card.critique.segmentation if card.critique else card.response.segmentation
    text = steps.get((card.response_id, cut, card.step), "")
    told: dict[str, Any] = {"card": card, "text": render_step(text)}
    if card.critique_id:
        record = records[card.critique_id]
        findings = [finding for judgment in record.judgments for finding in judgment.findings]
        finding = findings[(card.finding or 1) - 1]
        spans = [NumberedMark(1, mark, 0) for mark in finding.marks if isinstance(mark, Span)]
        regions = [mark for mark in finding.marks if isinstance(mark, Region)]
        told |= {"text": render_step(text, spans), "finding": finding, "regions": len(regions)}
    return told


@require_POST
@project_page("rule_on_items")
def remove_card(request: Any, card: UUID) -> HttpResponse:
    teaching.remove_card(get_object_or_404(Card, pk=card, project=request.project), request.user)
    return redirect("cards", request.project.slug)


urlpatterns = [
    path("p/<slug:slug>/guideline/confirm", confirm_guideline, name="confirm_guideline"),
    path("p/<slug:slug>/cards", cards_page, name="cards"),
    path("p/<slug:slug>/cards/make", make_card, name="make_card"),
    path("p/<slug:slug>/cards/<uuid:card>/remove", remove_card, name="remove_card"),
]
