"""Which responses the list shows: by agreement (`verbs.critiques_agree`), error type, critic and annotator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.core.taxonomy import Taxonomy
from annotations.models import Author, CritiqueHead, Finding, Response
from annotations.verbs import critiques_agree

AGREEMENTS = (
    ("", gettext_lazy("Any")),
    ("differs", gettext_lazy("Differs")),
    ("agrees", gettext_lazy("Agrees")),
    ("incomparable", gettext_lazy("Nothing to compare")),
    ("single", gettext_lazy("One critique")),
    ("none", gettext_lazy("None yet")),
)


class ResponseFilter(forms.Form):
    """A value that is not offered filters nothing out, and is told: nothing else of the query reaches the database."""

    agreement = forms.ChoiceField(label=gettext_lazy("Agreement"), choices=AGREEMENTS, required=False)
    type = forms.ChoiceField(label=gettext_lazy("Error type"), required=False)
    annotator = forms.ChoiceField(label=gettext_lazy("Annotator"), required=False)
    critic = forms.ChoiceField(label=gettext_lazy("Critic"), required=False)

    def __init__(self, query: Any, *, taxonomy: Taxonomy, authors: Sequence[Author]) -> None:
        super().__init__(query, label_suffix="")
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = _("%(value)s is not among these, so it filters nothing.")
        self._offer("type", type_choices(taxonomy))
        self._offer("annotator", [(str(author.pk), author.name) for author in authors if author.kind == "person"])
        self._offer("critic", [(str(author.pk), critic_words(author)) for author in authors if author.kind == "critic"])

    def _offer(self, name: str, choices: Sequence[Any]) -> None:
        self.fields[name].choices = [("", _("Any")), *choices]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, str]:
        """What is given and offered."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def encoded(self) -> str:
        """For the links to other pages of the list."""
        return urlencode(self.chosen) + "&" if self.chosen else ""

    def apply(self, responses: QuerySet[Response]) -> QuerySet[Response]:
        chosen = self.chosen
        heads = CritiqueHead.objects.filter(response=OuterRef("pk"))
        if agreement := chosen.get("agreement"):
            responses = responses.filter(critiques_agree.agreement(agreement, heads))
        for author in (chosen.get("annotator"), chosen.get("critic")):
            if author:
                responses = responses.filter(Exists(heads.filter(author=UUID(author))))
        if code := chosen.get("type"):
            found = Finding.objects.filter(critique__head__response=OuterRef("pk"))
            responses = responses.filter(
                Exists(found.filter(Q(error_type=code) | Q(error_type__startswith=f"{code}/")))
            )
        return responses


def type_choices(taxonomy: Taxonomy) -> list[tuple[str, Any]]:
    """Every type, with its subtypes below it: choosing the type finds them all."""
    return [
        (
            kind.label,
            [
                (kind.code, _("%(type)s, any") % {"type": kind.label}),
                *((f"{kind.code}/{sub.code}", sub.label) for sub in kind.subtypes),
            ],
        )
        if kind.subtypes
        else (kind.code, kind.label)
        for kind in taxonomy.types
    ]


def critic_words(author: Author) -> str:
    """A critic's name, model and date: two runs of one name are told apart."""
    model = author.model.rstrip("/").rpartition("/")[2]
    return " · ".join(part for part in (author.name, model, f"{author.created_at:%-d %b %Y, %H:%M}") if part)
