"""The differences of a project in one list, the worst first."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from annotations.models import Author, Response
from annotations.verbs.differences import Difference, differences
from annotations.web.project_page import ProjectRequest, project_page
from annotations.web.response_filter import critic_words

PAGE_SIZE = 50
SIDES = (
    ("", gettext_lazy("Any difference")),
    ("people", gettext_lazy("A step that only people flag")),
    ("critics", gettext_lazy("A step that only critics flag")),
)


class DifferenceFilter(forms.Form):
    side = forms.ChoiceField(label=gettext_lazy("Which"), choices=SIDES, required=False)
    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False)
    critic = forms.ChoiceField(label=gettext_lazy("Critic"), required=False)

    def __init__(self, query: Any, authors: list[Author]) -> None:
        super().__init__(query, label_suffix="")
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = _("%(value)s is not among these, so it filters nothing.")
        for kind, words in (("person", lambda author: author.name), ("critic", critic_words)):
            offered = [(str(author.pk), words(author)) for author in authors if author.kind == kind]
            self.fields[kind].choices = [("", _("All")), *offered]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, str]:
        """What is given and offered."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class _Listed:
    """A slice of the query for Django's paginator, whose first look already brings the total."""

    def __init__(self, request: ProjectRequest, chosen: dict[str, str]) -> None:
        self.asked = {
            "side": chosen.get("side", "any"),
            "person": UUID(chosen["person"]) if "person" in chosen else None,
            "critic": UUID(chosen["critic"]) if "critic" in chosen else None,
        }
        self.request = request

    def at(self, page: int) -> tuple[list[Difference], int]:
        offset = (page - 1) * PAGE_SIZE
        found = differences(
            self.request.user,
            self.request.project,
            offset=offset,
            limit=PAGE_SIZE,
            **self.asked,  # type: ignore[arg-type]
        )
        return list(found.listed), found.total


@require_safe
@project_page("compare")
def differences_page(request: ProjectRequest) -> HttpResponse:
    """Parameters: side, person, critic, page. Three queries beside the page's own."""
    form = DifferenceFilter(request.GET, list(Author.objects.filter(project=request.project)))
    listed = _Listed(request, form.chosen)
    number = request.GET.get("page", "1")
    asked = max(int(number), 1) if number.isdecimal() and len(number) < 7 else 1
    rows, total = listed.at(asked)
    if not rows and asked > 1:  # a page beyond the last shows the first
        asked = 1
        rows, total = listed.at(asked)
    page = Paginator(range(total), PAGE_SIZE).get_page(asked)
    responses = Response.objects.filter(pk__in=[row.response for row in rows]).select_related("problem")
    by_key = {response.pk: response for response in responses.defer("source_text", "extra", "problem__extra")}
    context = {
        "page": page,
        "rows": [(row, by_key[row.response]) for row in rows],
        "form": form,
        "query": urlencode(form.chosen) + "&" if form.chosen else "",
    }
    return render(request, "differences/page.html", context)


urlpatterns = [path("p/<slug:slug>/differences", differences_page, name="differences")]
