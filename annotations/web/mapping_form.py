"""The form of the mapping step: a choice for each column, control, value and person that the file was found to have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.core.schema import SEVERITIES, VERDICTS
from annotations.core.splitters import SPLITTERS
from annotations.core.taxonomy import Taxonomy
from annotations.importers.mapping import COLUMN_ROLES, CONTROL_ROLES, IGNORED
from annotations.importers.mapping import Mapping as Chosen
from annotations.importers.proposal import MOST_VALUES, Survey, cell_labels
from annotations.verbs.words import word

COLUMN_WORDS = {
    "key": gettext_lazy("key of the response (or problem)"),
    "problem_key": gettext_lazy("key of the problem"),
    "question": gettext_lazy("question"),
    "chain": gettext_lazy("chain, as one text"),
    "steps": gettext_lazy("chain, as a list of steps"),
    "answer": gettext_lazy("answer of the chain"),
    "reference_answer": gettext_lazy("reference answer"),
    "options": gettext_lazy("options"),
    "image": gettext_lazy("image"),
    "generator": gettext_lazy("model that wrote the chain"),
    "checkpoint": gettext_lazy("its checkpoint"),
    "source_dataset": gettext_lazy("source dataset"),
    "superskill": gettext_lazy("superskill"),
    "skill": gettext_lazy("skill"),
    "licence": gettext_lazy("licence"),
    "tags": gettext_lazy("tags"),
    "description": gettext_lazy("description of the image"),
    "step_verdicts": gettext_lazy("verdicts, a list with one per step"),
    "step_explanations": gettext_lazy("explanations, a list with one per step"),
    "answer_verdict": gettext_lazy("verdict on the answer"),
    "comment": gettext_lazy("comment"),
    "person": gettext_lazy("who judged"),
    "extra": gettext_lazy("kept beside it"),
}
CONTROL_WORDS = {
    "error_type": gettext_lazy("error type of a marked place"),
    "step_verdict": gettext_lazy("verdict on a step"),
    "answer_verdict": gettext_lazy("verdict on the answer"),
    "explanation": gettext_lazy("explanation"),
    "corrected_text": gettext_lazy("what the step should have been"),
    "severity": gettext_lazy("severity"),
    "comment": gettext_lazy("comment"),
    "confidence": gettext_lazy("confidence"),
    "correction": gettext_lazy("the whole response, corrected"),
    "extra": gettext_lazy("kept beside it"),
}
SPLITTER_WORDS = {
    "second-look/1": gettext_lazy("by headings, lists, paragraphs: whichever there are"),
    "lines/1": gettext_lazy("each line"),
    "paragraphs/1": gettext_lazy("each paragraph"),
    "sentences/1": gettext_lazy("each sentence"),
    "whole/1": gettext_lazy("not at all: one step"),
}
UNMARKED_WORDS = {
    "unlabelled": gettext_lazy("unlabelled: nobody said"),
    "correct": gettext_lazy("correct: people marked every error"),
}
_TEXTS = ("source_dataset", "licence", "default_author")
EXAMPLE_LENGTH = 80
_WITH_VALUES = ("error_type", "step_verdict", "answer_verdict", "severity")


@dataclass(frozen=True, slots=True)
class Row:
    """One choice: its field's name, what it is about, an example, what is chosen and what can be."""

    field: str
    name: str
    example: str
    chosen: str
    choices: tuple[tuple[str, Any], ...]


class MappingForm:
    """Rows for the template; `read(posted)` gives the mapping as JSON. Fields are numbered as the survey has them."""

    def __init__(self, found: Survey, taxonomy: Taxonomy, members: Mapping[str, str], mapping: Chosen) -> None:
        self.found, self.taxonomy, self.members, self.mapping = found, taxonomy, members, mapping

    @property
    def columns(self) -> list[Row]:
        choices = tuple((role, COLUMN_WORDS[role]) for role in COLUMN_ROLES)
        return [
            Row(f"column-{index}", name, _example(values), self.mapping.columns.get(name, "extra"), choices)
            for index, (name, values) in enumerate(self.found.columns.items())
        ]

    @property
    def controls(self) -> list[Row]:
        rows = []
        for index, (name, seen) in enumerate(self.found.controls.items()):
            chosen = self.mapping.controls.get(name, "extra")
            role, colon, step = chosen.partition(":")
            plain = tuple((each, CONTROL_WORDS[each]) for each in CONTROL_ROLES)
            of_step = ((chosen, _("%(role)s of step %(step)s") % {"role": CONTROL_WORDS[role], "step": step}),)
            example = ", ".join(value[:30] for value, _count in seen.values.most_common(4))
            rows.append(Row(f"control-{index}", name, example, chosen, (*plain, *(of_step if colon else ()))))
        return rows

    @property
    def values(self) -> list[Row]:
        choices = self._meanings()
        return [
            Row(f"value-{index}", name, "", self._meaning(name), choices)
            for index, name in enumerate(self._value_names())
        ]

    @property
    def people(self) -> list[Row]:
        choices = (("", _("a placeholder of its own")), *self.members.items())
        return [
            Row(f"person-{index}", name, str(count), self.mapping.people.get(name, ""), choices)
            for index, (name, count) in enumerate(self.found.people.most_common())
        ]

    @property
    def splitters(self) -> Row:
        choices = tuple((name, SPLITTER_WORDS[name]) for name in SPLITTERS)
        return Row("splitter", "", "", self.mapping.splitter, choices)

    @property
    def unmarked(self) -> Row:
        return Row("unmarked", "", "", self.mapping.unmarked, tuple(UNMARKED_WORDS.items()))

    def read(self, posted: Any) -> dict[str, Any]:
        """What was chosen, as the JSON of a mapping; what the form does not show stays as it was."""
        columns = {row.name: posted.get(row.field, "extra") for row in self.columns}
        controls = {row.name: posted.get(row.field, "extra") for row in self.controls}
        values = {row.name: chosen for row in self.values if (chosen := posted.get(row.field, ""))}
        people = {row.name: chosen for row in self.people if (chosen := posted.get(row.field, ""))}
        return {
            "columns": columns,
            "controls": controls,
            "values": values,
            "people": people,
            "objects": dict(self.mapping.objects),
            "scales": {name: list(scale) for name, scale in self.mapping.scales.items()},
            "splitter": posted.get("splitter", ""),
            "unmarked": posted.get("unmarked", ""),
            **{name: posted.get(name, "").strip() for name in _TEXTS},
        }

    def _value_names(self) -> Iterator[str]:
        """Those of controls and columns that are labels, so far as there are few."""
        for name, seen in self.found.controls.items():
            if self.mapping.role(name)[0] in _WITH_VALUES and len(seen.values) <= MOST_VALUES:
                yield from (f"{name}={value}" for value in seen.values)
        for name, given in self.mapping.columns.items():
            if given in ("step_verdicts", "answer_verdict"):
                yield from (f"{name}={value}" for value in labels_of(self.found, name))

    def _meaning(self, name: str) -> str:
        return self.mapping.values.get(name) or self.mapping.values.get(name.partition("=")[2], "")

    def _meanings(self) -> tuple[tuple[str, Any], ...]:
        return (
            ("", _("not named: kept with the critique")),
            (IGNORED, _("nothing: leave it out")),
            *((verdict, _("verdict: %(word)s") % {"word": word(verdict)}) for verdict in VERDICTS),
            *((severity, _("severity: %(word)s") % {"word": word(severity)}) for severity in SEVERITIES),
            *((code, self.taxonomy.label(code)) for code in self.taxonomy.codes()),
        )


def labels_of(found: Survey, column: str) -> list[str]:
    """The different labels in a column, in a list of its cells or in the cells themselves."""
    return sorted(cell_labels(found.columns.get(column, [])))[:MOST_VALUES]


def _example(values: list[Any]) -> str:
    text = " ".join(str(values[0]).split()) if values else ""
    return text if len(text) <= EXAMPLE_LENGTH else f"{text[: EXAMPLE_LENGTH - 1]}…"
