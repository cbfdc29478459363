"""What becomes of another tool's fields and controls: chosen by a person, saved, and used for every record.

A column is a field of the record (a task's data, a field of Argilla, a column of a table). A control is what people
answered with (Label Studio's from_name, Argilla's question, doccano's label). Nothing is guessed while reading: a value
that the mapping does not name is kept with the critique and counted as not understood.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from annotations.core.codec import FieldError, dump, parse
from annotations.core.schema import SEVERITIES, VERDICTS
from annotations.core.splitters import SPLITTERS
from annotations.core.steps import SEGMENTATION_RULE

ColumnRole = Literal[
    "key", "problem_key", "question", "chain", "steps", "answer", "reference_answer", "options", "image",
    "generator", "checkpoint", "source_dataset", "superskill", "skill", "licence", "tags", "description",
    "step_verdicts", "step_explanations", "answer_verdict", "comment", "person", "extra",
]  # fmt: skip
ControlRole = Literal[
    "error_type", "step_verdict", "answer_verdict", "explanation", "corrected_text", "severity", "comment",
    "confidence", "correction", "extra",
]  # fmt: skip
Unmarked = Literal["unlabelled", "correct"]

COLUMN_ROLES: tuple[ColumnRole, ...] = get_args(ColumnRole)
CONTROL_ROLES: tuple[ControlRole, ...] = get_args(ControlRole)
# The columns of which a record has one each; of images there may be several.
_ONCE = frozenset(COLUMN_ROLES) - {"image", "tags", "extra"}
IGNORED = "-"  # a value that means nothing here, and is not counted as not understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """`controls` may name one step: "step_verdict:2". `values`: of "control=value" or of a value in any control, a
    verdict, a severity, an error type of the project, or "-" for nothing. `objects`: what a control's target (Label
    Studio's to_name) is called among the columns. `people`: user names here, of those whom the file names; whoever is
    not in it becomes a placeholder. `scales`: lowest and highest of a rating that means confidence. `unmarked`: what a
    step is that a person marked nothing in.
    """

    columns: dict[str, ColumnRole] = field(default_factory=dict)
    controls: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    scales: dict[str, tuple[float, float]] = field(default_factory=dict)
    splitter: str = SEGMENTATION_RULE
    unmarked: Unmarked = "unlabelled"
    source_dataset: str = ""
    licence: str = ""
    default_author: str = ""  # of what the file names nobody for

    def column(self, role: ColumnRole) -> str | None:
        """The column with this role, if any."""
        return next((name for name, given in self.columns.items() if given == role), None)

    def role(self, control: str) -> tuple[str, int | None]:
        """What a control means, and of which step, where it names one."""
        role, _, step = self.controls.get(control, "extra").partition(":")
        return role, int(step) if step else None

    def value(self, control: str, value: str) -> str | None:
        """What a value means here; None where nobody said."""
        return self.values.get(f"{control}={value}", self.values.get(value))


def parse_mapping(value: Any) -> Mapping:
    """From decoded JSON, checked. Raises FieldError."""
    mapping = parse(Mapping, value)
    taken: dict[str, str] = {}
    for column, role in mapping.columns.items():
        if role in _ONCE and role in taken:
            raise FieldError(f"columns.{column}", f"another role, since {taken[role]} is {role} already", role)
        taken[role] = column
    for control, given in mapping.controls.items():
        meant, colon, step = given.partition(":")
        if meant not in CONTROL_ROLES:
            raise FieldError(f"controls.{control}", f"one of {', '.join(CONTROL_ROLES)}", repr(given))
        if colon and not (step.isascii() and step.isdigit() and 1 <= int(step[:4]) <= 999):
            raise FieldError(f"controls.{control}", "the number of a step after the colon", repr(given))
    if mapping.splitter not in SPLITTERS:
        raise FieldError("splitter", f"one of {', '.join(SPLITTERS)}", repr(mapping.splitter))
    if "question" not in taken and "image" not in taken and "chain" not in taken and "steps" not in taken:
        raise FieldError("columns", "a column for the question, the chain or the image", "none")
    if "chain" in taken and "steps" in taken:
        raise FieldError("columns", "a chain as one text or as steps", f"{taken['chain']} and {taken['steps']}")
    for control, (low, high) in mapping.scales.items():
        if not low < high:
            raise FieldError(f"scales.{control}", "the lowest value, then a higher one", f"{low}, {high}")
    return mapping


def dump_mapping(mapping: Mapping) -> dict[str, Any]:
    return dump(mapping)


def meanings(error_types: tuple[str, ...]) -> tuple[str, ...]:
    """Everything that a value can be said to mean."""
    return (IGNORED, *VERDICTS, *SEVERITIES, *error_types)
