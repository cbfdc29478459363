"""Insights: the report by pages, the list behind each count, and the whole as JSON, CSV and one HTML file."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations.models import Response
from annotations.verbs.insights import project_report
from annotations.verbs.items import items
from annotations.web.insight_blocks import Cell
from annotations.web.insight_pages import PAGES, page
from annotations.web.project_page import ProjectRequest, project_page

PAGE_SIZE = 50
ASKED = ("of", "author", "other", "outcome", "type", "bin", "source", "level", "round")


@require_safe
@project_page("compare")
def insights_page(request: ProjectRequest, section: str = "overview") -> HttpResponse:
    if section not in PAGES:
        raise Http404(_("There is no such page of insights."))
    made = project_report(request.project)
    context = {
        "told": made.told,
        "shown": page(section, made.told),
        "tabs": [(slug, title) for slug, (title, _words, _build) in PAGES.items()],
        "items_url": reverse("insight_items", args=[request.project.slug]),
    }
    return render(request, "insights/page.html", context)


@require_safe
@project_page("compare")
def items_page(request: ProjectRequest) -> HttpResponse:
    """`of` and what goes with it, as `verbs.items.items` takes it; `page`. Without `of`, the figures to choose from."""
    if "of" not in request.GET:
        return redirect("insights", request.project.slug)
    asked = {name: request.GET[name] for name in ASKED if name in request.GET}
    number = request.GET.get("page", "1")
    wanted = max(int(number), 1) if number.isdecimal() and len(number) < 7 else 1
    try:
        found, total = items(request.project, asked, offset=(wanted - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    except LookupError as unknown:
        raise Http404(_("There is no such list.")) from unknown
    paginator = Paginator(range(total), PAGE_SIZE)
    rows = Response.objects.filter(pk__in={item.response for item in found}).select_related("problem")
    by_key = {row.pk: row for row in rows.defer("source_text", "extra", "problem__extra")}
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "asked": asked,
        "page": paginator.get_page(wanted),
        "rows": [(item, by_key[item.response]) for item in found],
        "query": query.urlencode() + "&" if query else "",
    }
    return render(request, "insights/items.html", context)


@require_safe
@project_page("compare")
def report_file(request: ProjectRequest, kind: str) -> HttpResponse:
    """`kind`: json (all values), csv (a row a value) or html (all pages in one file that needs no other)."""
    told = project_report(request.project).told
    name = f"{request.project.slug}-report.{kind}"
    if kind == "json":
        answer = HttpResponse(json.dumps(told, ensure_ascii=False), content_type="application/json")
    elif kind == "csv":
        answer = HttpResponse(as_csv(told), content_type="text/csv; charset=utf-8")
    else:
        host = request.build_absolute_uri(reverse("insight_items", args=[request.project.slug]))
        context = {"told": told, "pages": [page(slug, told) for slug in PAGES], "items_url": host}
        answer = render(request, "insights/file.html", context)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def as_csv(told: Any) -> str:
    """page, block, row, column, value, low, high, count: every cell of every page that is a figure or a count."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["page", "block", "row", "column", "value", "low", "high", "count"])
    for slug in PAGES:
        for block in page(slug, told).blocks:
            for row in block.rows:
                label = " / ".join(cell.words for cell in row if cell.words)
                for column, cell in zip(block.head, row, strict=True):
                    if cell.figure is not None or cell.count is not None:
                        writer.writerow([slug, block.title, _safe(label), column, *_values(cell)])
    return out.getvalue()


def _values(cell: Cell) -> list[Any]:
    held = cell.figure or {}
    return [held.get("value"), held.get("low"), held.get("high"), cell.count]


def _safe(text: str) -> str:
    """A name that a spreadsheet would take for a formula is told as text."""
    return f"'{text}" if text[:1] in "=+-@" else text


urlpatterns = [
    path("p/<slug:slug>/insights", insights_page, name="insights"),
    path("p/<slug:slug>/insights/items", items_page, name="insight_items"),
    *(
        path(f"p/<slug:slug>/insights/report.{kind}", report_file, {"kind": kind}, name=f"insights_{kind}")
        for kind in ("json", "csv", "html")
    ),
    path("p/<slug:slug>/insights/<slug:section>", insights_page, name="insights_section"),
]
