"""What the compare page shows of its critiques: by critic, person and stage; by step, who found it, type, confidence.

Columns go first, and what is left is matched: with one critic chosen, "only critics" means that critic. Then rows go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.core.taxonomy import Taxonomy
from annotations.models import Critique
from annotations.web.compare_table import Comparison, Row
from annotations.web.response_filter import critic_words, type_choices
from annotations.web.workbench import SEVERITY_LABELS

SHOWN = (
    ("", gettext_lazy("All steps")),
    ("differs", gettext_lazy("Where they differ")),
    ("both", gettext_lazy("Found by both")),
    ("people", gettext_lazy("Found only by people")),
    ("critics", gettext_lazy("Found only by critics")),
)
STAGES = (
    ("", gettext_lazy("Any")),
    ("blind", gettext_lazy("Before the reveal")),
    ("after_reveal", gettext_lazy("After the reveal")),
)
CONFIDENCES = (("", gettext_lazy("Any")), ("0.5", "≥ 0.5"), ("0.75", "≥ 0.75"), ("0.9", "≥ 0.9"))


class CompareFilter(forms.Form):
    """A value that is not offered filters nothing out, and is told."""

    show = forms.ChoiceField(label=gettext_lazy("Steps"), choices=SHOWN, required=False)
    type = forms.ChoiceField(label=gettext_lazy("Error type"), required=False)
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), required=False)
    critic = forms.ChoiceField(label=gettext_lazy("Critic"), required=False)
    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False)
    stage = forms.ChoiceField(label=gettext_lazy("People's critiques from"), choices=STAGES, required=False)
    confidence = forms.ChoiceField(label=gettext_lazy("Flagged with confidence"), choices=CONFIDENCES, required=False)

    def __init__(self, query: Any, *, taxonomy: Taxonomy, critiques: Sequence[Critique]) -> None:
        super().__init__(query, label_suffix="")
        authors = {critique.author_id: critique.author for critique in critiques}.values()
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = _("%(value)s is not among these, so it filters nothing.")
        self._offer("type", type_choices(taxonomy))
        self._offer("severity", SEVERITY_LABELS)
        self._offer("critic", [(str(one.pk), critic_words(one)) for one in authors if one.kind == "critic"])
        self._offer("person", [(str(one.pk), one.name) for one in authors if one.kind == "person"])

    def _offer(self, name: str, choices: Sequence[Any]) -> None:
        self.fields[name].choices = [("", _("Any")), *choices]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, str]:
        """What is given and offered."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def encoded(self) -> str:
        return urlencode(self.chosen)

    def columns(self, critiques: Sequence[Critique]) -> list[Critique]:
        """Those of the chosen critic and person, each beside all of the other kind; people's of the chosen stage."""
        chosen = self.chosen
        wanted = {"critic": chosen.get("critic"), "person": chosen.get("person")}

        def is_shown(critique: Critique) -> bool:
            author = wanted[critique.author.kind]
            stage = chosen.get("stage") if critique.author.kind == "person" else None
            return (author is None or critique.author_id == UUID(author)) and stage in (None, critique.stage)

        return [critique for critique in critiques if is_shown(critique)]

    def rows(self, comparison: Comparison) -> None:
        """Leaves the steps that fit, and counts those that do not."""
        chosen = self.chosen
        kept = [row for row in comparison.rows if _fits(row, chosen)]
        comparison.hidden_rows = len(comparison.rows) - len(kept)
        comparison.rows = kept


def _fits(row: Row, chosen: dict[str, str]) -> bool:
    show = chosen.get("show")
    if show == "differs" and not row.differs:
        return False
    found_by = show if show in ("both", "people", "critics") else None
    code, severity = chosen.get("type"), chosen.get("severity")
    if found_by or code or severity:
        findings = (shown for cell in row.cells for shown in cell.findings)
        if not any(
            (found_by is None or shown.found_by == found_by)
            and (code is None or _is_of_type(shown.finding.error_type, code))
            and (severity is None or shown.finding.severity == severity)
            for shown in findings
        ):
            return False
    least = chosen.get("confidence")
    return least is None or any(
        cell.judgment.verdict == "incorrect" and (cell.judgment.confidence or 0) >= float(least) for cell in row.cells
    )


def _is_of_type(held: str | None, code: str) -> bool:
    return held is not None and (held == code or held.startswith(f"{code}/"))
