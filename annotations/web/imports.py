"""Import: choose a file, see how far each import is, cancel it, fetch its report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.importers.base import formats
from annotations.models import Work
from annotations.verbs import ingest
from annotations.web.project_page import ProjectRequest, project_page

PAGE_SIZE = 20
OWN_FORMATS = ("native", "visco")
MAPPED = gettext_lazy("By a mapping, chosen next")
WORKER_SILENT_SECONDS = 15


class ImportForm(forms.Form):
    """One file and how it is to be read."""

    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("Images by path: a zip of the file and its images.")
    )
    format = forms.ChoiceField(label=gettext_lazy("Format"))
    on_error = forms.ChoiceField(
        choices=[
            ("stop", gettext_lazy("stop: a bad record leaves nothing behind")),
            ("skip", gettext_lazy("skip: the good records come in, the bad ones into a report")),
        ],
        label=gettext_lazy("At a bad record"),
    )
    critic_output = forms.FileField(
        required=False,
        label=gettext_lazy("A critic's output"),
        help_text=gettext_lazy("VISCO only: a model-output file of the same length."),
    )
    critic = forms.CharField(required=False, max_length=200, label=gettext_lazy("Name of that critic"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [format for format in formats().values() if format.name in OWN_FORMATS]
        mapped = [format for format in formats().values() if format.needs_mapping]
        corpora = [format for format in formats().values() if format not in (*own, *mapped)]
        self.fields["format"].choices = [  # type: ignore[attr-defined]
            *((format.name, _(format.title)) for format in own),
            (MAPPED, [(format.name, _(format.title)) for format in mapped]),
            (_("Corpora"), [(format.name, _(format.title)) for format in corpora]),
        ]

    def recipe(self) -> ingest.Recipe:
        chosen = self.cleaned_data
        return ingest.Recipe(
            format=chosen["format"],
            on_error=chosen["on_error"],
            critic=chosen["critic"],
            critic_output=chosen["critic_output"] is not None,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("import_data")
def imports(request: Any) -> HttpResponse:
    """The page, or, asked by htmx, the list alone; a POST queues an import."""
    if request.method != "POST" and request.htmx:
        return render(request, "imports/_list.html", _list(request))
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            chosen = form.cleaned_data
            work = ingest.start_import(
                request.project, chosen["file"], form.recipe(), by=request.user, critic_output=chosen["critic_output"]
            )
        except ingest.ImportRefused as refused:
            form.add_error(refused.field, str(refused))
        else:
            if work.state == "paused":
                return redirect("map_import", request.project.slug, work.pk)
            messages.success(request, _("%(name)s is queued.") % {"name": chosen["file"].name})
            return redirect("imports", request.project.slug)
    context = {"form": form, "formats": formats().values(), **_list(request)}
    return render(request, "imports/page.html", context, status=400 if form.errors else 200)


@require_POST
@project_page("import_data")
def cancel_import(request: ProjectRequest, work_id: UUID) -> HttpResponse:
    ingest.cancel_import(_import(request, work_id), by=request.user)
    messages.success(request, _("The import is asked to stop."))
    return redirect("imports", request.project.slug)


@require_safe
@project_page("import_data")
def import_report(request: ProjectRequest, work_id: UUID) -> FileResponse:
    """Every bad record as CSV."""
    key = (_import(request, work_id).result or {}).get("report")
    if not key:
        raise Http404(_("This import has no report: no record of it was bad, or it has not ended."))
    return FileResponse(
        default_storage.open(key), as_attachment=True, filename=f"import-{work_id}.csv", content_type="text/csv"
    )


def _import(request: ProjectRequest, work_id: UUID) -> Work:
    return get_object_or_404(
        Work.objects.select_related("project"), pk=work_id, project=request.project, kind=ingest.KIND
    )


def _list(request: ProjectRequest) -> dict[str, Any]:
    """A page of the imports, newest first; whether one is under way, and whether a worker seems to be missing."""
    works = Work.objects.filter(project=request.project, kind=ingest.KIND).select_related("created_by")
    page = Paginator(works, PAGE_SIZE).get_page(request.GET.get("page"))
    busy = [work for work in page.object_list if work.state in ("queued", "running")]
    return {"page": page, "busy": bool(busy), "no_worker": _no_worker(busy), "query": ""}


def _no_worker(busy: list[Work]) -> bool:
    """An import has waited, and meanwhile nobody has claimed anything in its queue."""
    since = timezone.now() - timedelta(seconds=WORKER_SILENT_SECONDS)
    if not any(work.state == "queued" and work.created_at < since for work in busy):
        return False
    in_queue = Work.objects.filter(queue=ingest.QUEUE)
    return not in_queue.filter(state="running").exists() and not in_queue.filter(started_at__gte=since).exists()


urlpatterns = [
    path("p/<slug:slug>/import", imports, name="imports"),
    path("p/<slug:slug>/import/<uuid:work_id>/cancel", cancel_import, name="cancel_import"),
    path("p/<slug:slug>/import/<uuid:work_id>/report", import_report, name="import_report"),
]
