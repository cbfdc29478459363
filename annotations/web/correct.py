"""Writing a correction: the chain from the first error on, guided by one's own submitted critique."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotations.core.codec import FieldError
from annotations.core.steps import step_texts
from annotations.models import Critique, ProblemImage
from annotations.verbs.own_correction import NothingToCorrect, beginning_of, correct
from annotations.web.project_page import project_page
from annotations.web.step_text import render_step


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("annotate")
def correction(request: Any, critique: UUID) -> HttpResponse:
    """The form; sent, it stores the correction and leads back to the submitted critique."""
    rows = Critique.objects.whole().select_related("response__project", "response__problem", "author")
    own = get_object_or_404(rows, pk=critique, project=request.project, author__user=request.user)
    try:
        beginning = beginning_of(own)
    except NothingToCorrect as nothing:
        messages.info(request, str(nothing))
        return redirect("submitted", request.project.slug, own.pk)
    form = {"rest": beginning.rest, "answer": own.response.answer or ""}
    error = None
    if request.method == "POST":
        form = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in form}
        try:
            correct(own, form["rest"].strip(), form["answer"].strip(), by=request.user)
        except FieldError as wrong:
            error = wrong
        else:
            messages.success(request, _("Your correction is kept. The original and your critique stay as they are."))
            return redirect("submitted", request.project.slug, own.pk)
    texts = step_texts(own.response.source_text, beginning.kept_steps)
    return render(
        request,
        "correct/page.html",
        {
            "own": own,
            "beginning": beginning,
            "kept": [render_step(text) for text in texts],
            "question": render_step(own.response.problem.question),
            "images": ProblemImage.objects.filter(problem=own.response.problem_id).select_related("image"),
            "form": form,
            "error": error,
        },
        status=422 if error else 200,
    )


urlpatterns = [path("p/<slug:slug>/correct/<uuid:critique>", correction, name="correct")]
