"""Adjudication: the queue of disagreements, and the page on which a reference is built from all critiques."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from annotations.core import schema
from annotations.core.codec import FieldError
from annotations.metrics.dawid_skene import Proposal
from annotations.models import Critique, Draft, Provenance, Reference, Response
from annotations.models.records import critique_record
from annotations.verbs import adjudicate
from annotations.verbs.adjudication_queue import AdjudicationQueue
from annotations.verbs.blindness import may_see_others
from annotations.verbs.draft import DraftInTheWay, fields_of
from annotations.verbs.draft_record import finding_ids, judgments_of
from annotations.verbs.permissions import allows
from annotations.verbs.proposals import proposals_of
from annotations.verbs.review import Settled
from annotations.verbs.submit import Incomplete, submit_critique
from annotations.web.compare_table import Cell, Comparison, compare, shown_images
from annotations.web.project_page import project_page
from annotations.web.responses import taxonomy_of
from annotations.web.step_text import render_step

PAGE_SIZE = 20
TABS = ("waiting", "settled")
HOW = {
    "taken": gettext_lazy("taken"),
    "edited": gettext_lazy("taken and edited"),
    "written": gettext_lazy("written by the adjudicator"),
    "unanimous": gettext_lazy("unanimous"),
    "proposed": gettext_lazy("proposal accepted"),
}


@dataclass(frozen=True, slots=True)
class BuiltFinding:
    """A finding of the reference so far; `letter` is the column that it was taken from, "" for none."""

    id: str
    letter: str
    finding: schema.Finding
    why: str


@dataclass(frozen=True, slots=True)
class BuiltStep:
    """One row: what stands beside, the proposal, and what is decided so far. Number 0 is the answer."""

    number: int
    text: Any
    cells: list[Cell]
    differs: bool
    proposal: Proposal | None
    verdict: str
    judgment: Any
    letter: str  # of the column that the verdict was taken from
    how: str
    why: str
    findings: list[BuiltFinding]

    @property
    def of(self) -> str:
        return f"steps.{self.number}" if self.number else "answer"


@require_safe
@project_page("adjudicate")
def adjudication_queue(request: Any) -> HttpResponse:
    """`?tab=` waiting (the worst disagreement first) or settled, the newest reference first."""
    tab = "settled" if request.GET.get("tab") == "settled" else "waiting"
    rows: Any = AdjudicationQueue(request.project, request.user) if tab == "waiting" else _references(request)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    listed = list(page.object_list)
    waiting = []
    if tab == "waiting":
        found = Response.objects.select_related("problem").defer("source_text", "extra")
        responses = found.in_bulk([row.response for row in listed])
        waiting = [(responses[row.response], row) for row in listed]
    context = {"page": page, "tab": tab, "tabs": TABS, "waiting": waiting, "references": listed}
    return render(request, "adjudication/queue.html", context | {"query": f"tab={tab}&"})


def _references(request: Any) -> Any:
    references = Reference.objects.filter(response__project=request.project)
    references = references.select_related("response__problem", "created_by", "critique__author")
    return references.order_by("-created_at", "response", "-version")


@require_safe
@project_page("adjudicate")
def adjudication(request: Any, response_id: UUID) -> HttpResponse:
    """All critiques side by side, and beside them the reference as it is being built."""
    response = _response(request, response_id)
    columns = _in_secret_order(response, list(adjudicate.beside(response).whole()))
    comparison = compare(response, columns, in_order=False)
    draft = Draft.objects.filter(response=response, user=request.user, purpose="adjudication").first()
    letters = {column.row.pk.hex[-16:]: column.letter for column in comparison.columns}
    problem = response.problem
    own = Critique.objects.filter(response=response, author__user=request.user)
    return render(
        request,
        "adjudication/page.html",
        {
            "response": response,
            "comparison": comparison,
            "hidden": request.project.hide_sources,
            "rows": _rows(response, comparison, draft, letters),
            "draft": draft,
            "is_own": own.exclude(stage__in=schema.RULING_STAGES).exists(),
            "references": list(response.references.select_related("created_by")),
            "question": render_step(problem.question),
            "options": [render_step(str(option)) for option in problem.options],
            "answer": render_step(response.answer) if response.answer else None,
            "reference_answer": problem.reference_answer,
            "images": shown_images(problem, comparison.columns),
            "taxonomy": taxonomy_of(request.project),
            "how": HOW,
        },
    )


def _in_secret_order(response: Response, critiques: list[Critique]) -> list[Critique]:
    """Where sources are hidden, an order that tells nothing of who wrote first, the same at each look."""
    if not response.project.hide_sources:
        return critiques
    return sorted(critiques, key=lambda row: hashlib.sha256(f"{response.pk}{row.pk}".encode()).digest())


def _rows(
    response: Response, comparison: Comparison, draft: Draft | None, letters: Mapping[str, str]
) -> list[BuiltStep]:
    rows = fields_of(draft) if draft else {}
    values = {path: row.value for path, row in rows.items()}
    proposals = proposals_of(response)
    judged = judgments_of(values, steps=len(comparison.rows))
    built: dict[int, list[BuiltFinding]] = {row.number: [] for row in comparison.rows}
    in_step: dict[int, list[str]] = {}
    for id, step in finding_ids(values).items():
        in_step.setdefault(step, []).append(id)
    for judgment in judged:
        for id, finding in zip(in_step.get(judgment.step, ()), judgment.findings, strict=True):
            letter = letters.get(id.rpartition("-")[0], "")
            built[judgment.step].append(BuiltFinding(id, letter, finding, values.get(f"findings.{id}.why") or ""))

    def row(number: int, text: Any, cells: list[Cell], *, differs: bool) -> BuiltStep:
        of = f"steps.{number}" if number else "answer"
        client = rows[f"{of}.verdict"].client if f"{of}.verdict" in rows else ""
        word, _dash, tail = client.partition("-")
        return BuiltStep(
            number=number,
            text=text,
            cells=cells,
            differs=differs,
            proposal=proposals.get(number),
            verdict=values.get(f"{of}.verdict") or "",
            judgment=judged[number - 1] if number else None,
            letter=letters.get(tail, "") if word == adjudicate.TAKEN else "",
            how=client if client in (adjudicate.UNANIMOUS, adjudicate.PROPOSED) else "",
            why=values.get(f"{of}.why") or "",
            findings=built.get(number, []),
        )

    steps = [row(each.number, each.text, each.cells, differs=each.differs) for each in comparison.rows]
    return [*steps, row(0, None, [], differs=comparison.answer_differs)]


@require_POST
@project_page("adjudicate")
def build(request: Any, response_id: UUID) -> HttpResponse:
    """`do`: what to take, drop or finish, as `verdict:STEP:CRITIQUE`; reasons (`why:…`) are kept with each.

    `begin`, `verdict:STEP:CRITIQUE`, `finding:CRITIQUE:ORDINAL`, `all:CRITIQUE`, `proposal:STEP`, `drop:FINDING`,
    `save`, `finish`.
    """
    response = _response(request, response_id)
    what, *parts = request.POST.get("do", "").split(":")
    if what not in _DOING or len(parts) != _DOING[what][0]:
        expected = f"do: expected one of {', '.join(_DOING)} with its parts, found {request.POST.get('do', '')!r}"
        return HttpResponseBadRequest(expected, content_type="text/plain; charset=utf-8")
    page = reverse("adjudication", args=[request.project.slug, response.pk])
    try:
        draft = adjudicate.begin(response, by=request.user)
        whys = {name[4:]: text for name, text in request.POST.items() if name.startswith("why:")}
        if whys:
            adjudicate.say_why(draft, whys, by=request.user)
        where = _DOING[what][1](draft, parts, request)
    except Incomplete as incomplete:
        for lacking in incomplete.lacking:
            messages.error(request, str(lacking))
        return redirect(page)
    except (Settled, DraftInTheWay) as refused:
        messages.error(request, str(refused))
        return redirect(page)
    except (FieldError, LookupError, ValueError) as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
    return redirect(where if where.startswith("/") else f"{page}{where}")


def _take_verdict(draft: Draft, parts: list[str], request: Any) -> str:
    adjudicate.take_verdict(draft, int(parts[0]), _critique(draft, parts[1]), by=request.user)
    return _row_of(int(parts[0]))


def _take_finding(draft: Draft, parts: list[str], request: Any) -> str:
    source = _critique(draft, parts[0])
    adjudicate.take_finding(draft, source, int(parts[1]), by=request.user)
    return _row_of(source.findings.get(ordinal=int(parts[1])).step)


def _take_all(draft: Draft, parts: list[str], request: Any) -> str:
    adjudicate.take_all(draft, _critique(draft, parts[0]), by=request.user)
    return ""


def _take_proposal(draft: Draft, parts: list[str], request: Any) -> str:
    adjudicate.take_proposal(draft, int(parts[0]), by=request.user)
    return _row_of(int(parts[0]))


def _drop(draft: Draft, parts: list[str], request: Any) -> str:
    values = {path: row.value for path, row in fields_of(draft).items()}
    adjudicate.drop_finding(draft, parts[0], by=request.user)
    return _row_of(finding_ids(values)[parts[0]])


def _finish(draft: Draft, parts: list[str], request: Any) -> str:
    submit_critique(draft.pk, request.user)
    messages.success(request, _("This is the reference of the response now, with where each part comes from."))
    following = AdjudicationQueue(request.project, request.user)[0:1]
    if following:
        return reverse("adjudication", args=[request.project.slug, following[0].response])
    return reverse("adjudication_queue", args=[request.project.slug])


def _nothing(draft: Draft, parts: list[str], request: Any) -> str:
    return ""


# what → how many parts follow, and what is done; it returns where on the page to go on, or another page
_DOING: dict[str, tuple[int, Callable[[Draft, list[str], Any], str]]] = {
    "begin": (0, _nothing),
    "save": (0, _nothing),
    "verdict": (2, _take_verdict),
    "finding": (2, _take_finding),
    "all": (1, _take_all),
    "proposal": (1, _take_proposal),
    "drop": (1, _drop),
    "finish": (0, _finish),
}


def _row_of(step: int) -> str:
    return f"#step-{step}" if step else "#answer"


@require_safe
@project_page("adjudicate")
def provenance(request: Any, response_id: UUID, version: int) -> HttpResponse:
    """One version of a reference: each verdict and finding, whose it was, what was done to it, and why."""
    response = _response(request, response_id)
    reference = get_object_or_404(
        Reference.objects.select_related("created_by", "critique__author"), response=response, version=version
    )
    rows = Provenance.objects.filter(critique=reference.critique_id).select_related("source__author")
    told = {(row.step, row.finding): row for row in rows}
    whole = Critique.objects.whole().get(pk=reference.critique_id)
    record = critique_record(whole)
    texts = [response.source_text[step.start : step.end] for step in _steps(response, whole.segmentation)]
    ordinal = 0
    lines = []
    for judgment in record.judgments:
        findings = []
        for finding in judgment.findings:
            ordinal += 1
            findings.append((finding, told.get((judgment.step, ordinal))))
        text = render_step(texts[judgment.step - 1])
        lines.append((judgment.step, text, judgment, told.get((judgment.step, None)), findings))
    context = {"response": response, "reference": reference, "lines": lines, "record": record, "how": HOW}
    context |= {"answer": told.get((0, None)), "taxonomy": taxonomy_of(request.project)}
    return render(request, "adjudication/reference.html", context)


def _steps(response: Response, segmentation: int) -> list[Any]:
    return [step for step in response.steps.all() if step.segmentation == segmentation]


def _response(request: Any, response_id: UUID) -> Response:
    whole = Response.objects.select_related("problem", "project").prefetch_related(
        "steps", "references", "problem__problem_images__image"
    )
    response = get_object_or_404(whole, pk=response_id, project=request.project)
    if not (may_see_others(request.user, response) and allows(request.role, "adjudicate")):
        raise PermissionDenied(_("Submit your own critique of this response first; then you see what others wrote."))
    return response


def _critique(draft: Draft, id: str) -> Critique:
    found = Critique.objects.filter(pk=UUID(id), response=draft.response_id).first()
    if found is None:
        raise LookupError(f"critique: expected one of this response, found {id}")
    return found


urlpatterns = [
    path("p/<slug:slug>/adjudication", adjudication_queue, name="adjudication_queue"),
    path("p/<slug:slug>/adjudication/<uuid:response_id>", adjudication, name="adjudication"),
    path("p/<slug:slug>/adjudication/<uuid:response_id>/build", build, name="adjudication_build"),
    path("p/<slug:slug>/reference/<uuid:response_id>/<int:version>", provenance, name="reference"),
]
