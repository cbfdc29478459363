"""The court's pages: one finding at a time, its source hidden; and, apart from it, the report."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from annotations.core import schema
from annotations.core.word_diff import word_diff
from annotations.metrics.court import FORMULAS, STATUSES
from annotations.models import CourtCase
from annotations.models.court import RULINGS
from annotations.models.records import steps_of
from annotations.verbs import court
from annotations.verbs.court_report import court_report
from annotations.web.compare_table import ShownFinding, ShownImage, shown_regions
from annotations.web.project_page import ProjectRequest, project_page
from annotations.web.responses import taxonomy_of
from annotations.web.step_text import NumberedMark, render_step

RULING_WORDS = {
    "real": (gettext_lazy("Real"), gettext_lazy("It is wrong, and it matters.")),
    "nitpick": (gettext_lazy("Nitpick"), gettext_lazy("True, but it changes nothing.")),
    "wrong": (gettext_lazy("Nothing there"), gettext_lazy("What it says is wrong is right.")),
    "duplicate": (gettext_lazy("Duplicate of …"), gettext_lazy("Another finding says the same.")),
    "cannot_tell": (gettext_lazy("Cannot tell"), gettext_lazy("Image and chain do not decide it.")),
}
LABEL = "?"  # of the finding: its letter would tell whose it is


@require_safe
@project_page("rule_on_findings")
def court_page(request: ProjectRequest) -> HttpResponse:
    """The next case of this judge; what is left, and how to open the court where nothing is."""
    waiting = court.waiting_for(request.user, request.project)
    case = waiting.select_related("response__problem", "critique").first()
    context: dict[str, Any] = {"left": waiting.count(), "case": case}
    if case is not None:
        context |= _shown(request, case)
    return render(request, "court/page.html", context)


def _shown(request: ProjectRequest, case: CourtCase) -> dict[str, Any]:
    """The item and the finding; nothing of the critique that it comes from."""
    response = case.response
    step, finding = court.finding_of(case)
    texts = [response.source_text[one.start : one.end] for one in steps_of(response)]
    correction = word_diff(texts[step - 1], finding.corrected_text) if finding.corrected_text else ()
    shown = ShownFinding(1, 1, LABEL, 1, finding, correction)
    marks = [NumberedMark(1, mark, 1, LABEL) for mark in finding.marks if isinstance(mark, schema.Span)]
    images = response.problem.problem_images.select_related("image").order_by("number")
    return {
        "response": response,
        "question": render_step(response.problem.question),
        "answer": render_step(response.answer) if response.answer else None,
        "steps": [
            (number, render_step(text, marks if number == step else ()), number == step)
            for number, text in enumerate(texts, 1)
        ],
        "shown": shown,
        "images": [
            ShownImage(placed, regions, badge)
            for placed in images
            for regions, badge in [shown_regions([shown], placed.number, (placed.image.width, placed.image.height))]
        ],
        "others": court.others_of(case),
        "rulings": [(kind, *RULING_WORDS[kind], number) for number, kind in enumerate(RULINGS, 1)],
        "taxonomy": taxonomy_of(request.project),
    }


@require_POST
@project_page("rule_on_findings")
def open_court(request: ProjectRequest) -> HttpResponse:
    new = court.open_court(request.project, by=request.user)
    if new:
        messages.success(request, _("%(number)s findings are before the court.") % {"number": new})
    else:
        messages.info(request, _("Nothing new: every finding is by both sides, or before the court already."))
    return redirect("court", request.project.slug)


@require_POST
@project_page("rule_on_findings")
def rule_on_finding(request: ProjectRequest, case: UUID) -> HttpResponse:
    """`kind`, for a duplicate `duplicate_of`, and `words`."""
    row = get_object_or_404(CourtCase.objects.select_related("project"), pk=case, project=request.project, same_as=None)
    given = {name: request.POST.get(name, "") for name in ("duplicate_of", "words")}
    try:
        court.rule(row, request.POST.get("kind", ""), by=request.user, **given)
    except (ValueError, court.RuledAlready) as refused:
        messages.error(request, str(refused))
    return redirect("court", request.project.slug)


@require_safe
@project_page("rule_on_findings")
def report_page(request: ProjectRequest) -> HttpResponse:
    context = {"report": court_report(request.project), "statuses": STATUSES, "figure_names": list(FORMULAS)}
    return render(request, "court/report.html", context)


urlpatterns = [
    path("p/<slug:slug>/court", court_page, name="court"),
    path("p/<slug:slug>/court/open", open_court, name="open_court"),
    path("p/<slug:slug>/court/report", report_page, name="court_report"),
    path("p/<slug:slug>/court/<uuid:case>", rule_on_finding, name="rule_on_finding"),
]
