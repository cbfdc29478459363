"""The error taxonomy of a project: two levels, with a subtype required exactly where the taxonomy says so.

A finding's code is "type" or "type/subtype", such as "knowledge" or "perception/text_reading".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from annotations.core.codec import FieldError, dump, parse

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtype:
    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorType:
    code: str
    label: str
    subtypes: tuple[Subtype, ...] = ()
    subtype_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """Error types in the order in which they are offered."""

    types: tuple[ErrorType, ...] = field(default=())

    def codes(self) -> tuple[str, ...]:
        """Every code that a finding may carry, in order: a type alone only where no subtype is required."""
        return tuple(
            code
            for kind in self.types
            for code in (
                *([] if kind.subtype_required else [kind.code]),
                *(f"{kind.code}/{subtype.code}" for subtype in kind.subtypes),
            )
        )

    def known(self, code: str) -> bool:
        """Whether a finding may carry the code."""
        return code in self.codes()

    def label(self, code: str) -> str:
        """The words for a code: "Perception: text reading"; an unknown code (of an older version) stands for itself."""
        type_code, _, subtype_code = code.partition("/")
        for kind in self.types:
            if kind.code != type_code:
                continue
            if not subtype_code:
                return kind.label
            for subtype in kind.subtypes:
                if subtype.code == subtype_code:
                    return f"{kind.label}: {subtype.label.lower()}"
        return code

    def check(self, code: str, *, field: str = "error_type") -> FieldError | None:
        """None for a code that a finding may carry, else what to write instead."""
        if self.known(code):
            return None
        type_code, slash, _ = code.partition("/")
        kind = next((kind for kind in self.types if kind.code == type_code), None)
        if kind is None:
            offered = ", ".join(kind.code for kind in self.types) or "none: the project's taxonomy is empty"
            return FieldError(field, f"one of the project's error types ({offered})", repr(code))
        if not kind.subtypes:
            return FieldError(field, f"{kind.code!r} alone, since it has no subtypes", repr(code))
        offered = ", ".join(f"{kind.code}/{subtype.code}" for subtype in kind.subtypes)
        problem = "an unknown subtype" if slash else "no subtype"
        return FieldError(field, f"a subtype of {kind.code} ({offered})", f"{problem}: {code!r}")


def parse_taxonomy(value: Any) -> Taxonomy:
    """A taxonomy from decoded JSON. Raises FieldError for the first thing that does not fit."""
    taxonomy = parse(Taxonomy, value)
    _require_codes("types", [kind.code for kind in taxonomy.types])
    for index, kind in enumerate(taxonomy.types):
        _require_codes(f"types.{index}.subtypes", [subtype.code for subtype in kind.subtypes])
        if kind.subtype_required and not kind.subtypes:
            raise FieldError(f"types.{index}.subtypes", "at least one subtype, since one is required", "none")
    return taxonomy


def dump_taxonomy(taxonomy: Taxonomy) -> dict[str, Any]:
    """Plain JSON values that `parse_taxonomy` reads back."""
    return dump(taxonomy)


def _require_codes(path: str, codes: list[str]) -> None:
    for index, code in enumerate(codes):
        if not _CODE.fullmatch(code):
            raise FieldError(
                f"{path}.{index}.code",
                "a lower-case letter, then at most 39 letters, digits or underscores",
                repr(code),
            )
        if code in codes[:index]:
            raise FieldError(f"{path}.{index}.code", "a code that is not taken yet in this list", repr(code))


def _subtypes(**labels: str) -> tuple[Subtype, ...]:
    return tuple(Subtype(code=code, label=label) for code, label in labels.items())


DEFAULT_TAXONOMY = Taxonomy(
    types=(
        ErrorType(
            code="perception",
            label="Perception",
            subtype_required=True,
            subtypes=_subtypes(
                existence="Existence",
                attribute="Attribute",
                relation="Relation",
                count="Count",
                text_reading="Text reading",
                spatial="Spatial",
                chart_reading="Chart reading",
            ),
        ),
        ErrorType(
            code="reasoning",
            label="Reasoning",
            subtype_required=True,
            subtypes=_subtypes(
                arithmetic="Arithmetic",
                logic="Logic",
                algebra="Algebra",
                unit="Unit",
                premise="Dropped or invented premise",
                misread_question="Misread question",
            ),
        ),
        ErrorType(code="knowledge", label="Knowledge"),
        ErrorType(code="instruction", label="Instruction"),
        ErrorType(code="format", label="Format"),
    )
)
