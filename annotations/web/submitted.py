"""Back to the last items: a short list, and what one submitted, to read; revising it is one press away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from annotations.core import schema
from annotations.models import Critique, Draft, ProblemImage, Step
from annotations.models.records import critique_record
from annotations.web.project_page import project_page
from annotations.web.step_text import NumberedMark, render_step
from annotations.web.workbench import slot_of

LAST_ITEMS = 10


@dataclass(frozen=True, slots=True)
class ReadStep:
    """One step as its judgment reads."""

    number: int
    text: SafeString
    judgment: schema.Judgment
    findings: list[tuple[int, int, schema.Finding]]  # number within the step, colour, finding


@require_safe
@project_page("annotate")
def recent(request: Any) -> HttpResponse:
    """The person's last critiques here, and their drafts, as the inside of a dialog. Two queries."""
    critiques = Critique.objects.filter(project=request.project, author__user=request.user, head__isnull=False)
    drafts = Draft.objects.filter(project=request.project, user=request.user, version__gt=0)
    shown = {
        "critiques": critiques.select_related("problem").order_by("-stored_at", "-id")[:LAST_ITEMS],
        "drafts": drafts.select_related("response__problem").order_by("-updated_at")[:LAST_ITEMS],
    }
    return render(request, "annotate/_recent.html", shown)


@require_safe
@project_page("annotate")
def submitted(request: Any, critique: UUID) -> HttpResponse:
    """One of the person's own critiques, to read."""
    own = Critique.objects.whole().select_related("problem", "response", "head")
    row = get_object_or_404(own, pk=critique, project=request.project, author__user=request.user)
    record = critique_record(row)
    cut = Step.objects.filter(response=row.response_id, segmentation=row.segmentation).order_by("number")
    texts = [row.response.source_text[step.start : step.end] for step in cut]
    images = ProblemImage.objects.filter(problem=row.problem_id).select_related("image")
    return render(
        request,
        "annotate/submitted.html",
        {
            "critique": row,
            "record": record,
            "question": render_step(row.problem.question),
            "answer": render_step(row.response.answer) if row.response.answer else None,
            "steps": [_read(text, judgment) for text, judgment in zip(texts, record.judgments, strict=True)],
            "images": images,
            "is_latest": hasattr(row, "head"),
        },
    )


def _read(text: str, judgment: schema.Judgment) -> ReadStep:
    findings = [(number, slot_of(number), finding) for number, finding in enumerate(judgment.findings, 1)]
    marks = [
        NumberedMark(number, mark, slot)
        for number, slot, finding in findings
        for mark in finding.marks
        if isinstance(mark, schema.Span)
    ]
    return ReadStep(judgment.step, render_step(text, marks), judgment, findings)


urlpatterns = [
    path("p/<slug:slug>/annotate/recent", recent, name="annotate_recent"),
    path("p/<slug:slug>/annotate/submitted/<uuid:critique>", submitted, name="annotate_submitted"),
]
