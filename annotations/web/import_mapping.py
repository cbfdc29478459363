"""The mapping step of an import: what each field means, ten records before and after, saved for the next file."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotations.core.codec import FieldError
from annotations.importers.base import formats
from annotations.importers.mapping import Mapping, parse_mapping
from annotations.models import ImportMapping, Membership, Work
from annotations.verbs import import_mapping, ingest
from annotations.verbs.import_people import UnknownPerson
from annotations.web.mapping_form import MappingForm
from annotations.web.project_page import project_page

LONGEST_SHOWN = 400  # characters of a text of a record


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("import_data")
def map_import(request: Any, work_id: UUID) -> HttpResponse:
    """A GET proposes; a POST shows what was chosen, saves it, or starts the import, as its button says."""
    waiting = Work.objects.select_related("project").filter(project=request.project, kind=ingest.KIND, state="paused")
    work = get_object_or_404(waiting, pk=work_id)
    format = formats()[work.parameters["format"]]
    asked = request.POST.get("do", "")
    error = ""
    with ingest.waiting_source(work) as source:
        found = import_mapping.look(source, format)
        mapping, error = _first_mapping(request, found, format)
        form = _form(request, found, mapping)
        if asked in ("show", "save", "import"):
            try:
                mapping = parse_mapping(form.read(request.POST))
                form = _form(request, found, mapping)
                if asked == "save":
                    _save(request, format.name, mapping)
                if asked == "import":
                    ingest.map_import(work, mapping, by=request.user)
                    messages.success(request, _("%(name)s is queued.") % {"name": work.parameters["file_name"]})
                    return redirect("imports", request.project.slug)
            except (FieldError, ingest.ImportRefused) as refused:
                error = str(refused)
        try:
            shown = [] if error else import_mapping.preview(request.project, source, format, mapping)
        except UnknownPerson as unknown:
            shown, error = [], str(unknown)
    context = {
        "work": work,
        "format": format,
        "found": found,
        "form": form,
        "mapping": mapping,
        "saved": ImportMapping.objects.filter(project=request.project, format=format.name),
        "label_config": request.POST.get("label_config", ""),
        "takes_label_config": format.name == "label_studio",
        "shown": [(each, json.dumps(shortened(each.before), ensure_ascii=False, indent=1)) for each in shown],
        "error": error,
    }
    return render(request, "imports/mapping.html", context, status=400 if error else 200)


def _first_mapping(request: Any, found: Any, format: Any) -> tuple[Mapping, str]:
    """The saved one that was asked for, else the proposal."""
    if name := request.POST.get("saved", "") if request.POST.get("do") == "use" else "":
        row = get_object_or_404(ImportMapping, project=request.project, format=format.name, name=name)
        return parse_mapping(row.mapping), ""
    config = request.POST.get("label_config", "")
    try:
        return import_mapping.proposed(request.project, found, format, label_config=config), ""
    except FieldError as refused:
        return import_mapping.proposed(request.project, found, format), str(refused)


def _form(request: Any, found: Any, mapping: Mapping) -> MappingForm:
    members = Membership.objects.filter(project=request.project).select_related("user").order_by("user__username")
    names = {each.user.get_username(): each.user.get_full_name() or each.user.get_username() for each in members}
    return MappingForm(found, import_mapping.taxonomy_of(request.project), names, mapping)


def _save(request: Any, format: str, mapping: Mapping) -> None:
    name = request.POST.get("name", "")
    import_mapping.save_mapping(request.project, format, name, mapping, by=request.user)
    messages.success(request, _("Saved as %(name)s.") % {"name": name.strip()})


def shortened(value: Any) -> Any:
    """A record for reading: long texts, such as images, cut short."""
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return f"{value[:LONGEST_SHOWN]}… ({len(value):,})"
    if isinstance(value, dict):
        return {name: shortened(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shortened(part) for part in value[:50]]
    return value


urlpatterns = [path("p/<slug:slug>/import/<uuid:work_id>/mapping", map_import, name="map_import")]
