"""The mapping step of an import: proposed from the file, shown on its first records, saved for the next time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from annotations.core.codec import FieldError, dump
from annotations.core.schema import Problem
from annotations.core.taxonomy import DEFAULT_TAXONOMY, Taxonomy, parse_taxonomy
from annotations.importers.base import ImportFormat, Note, RecordError, Source
from annotations.importers.label_config import parse_label_config
from annotations.importers.mapped import problem_of
from annotations.importers.mapping import Mapping, dump_mapping, parse_mapping
from annotations.importers.proposal import Survey, propose, survey
from annotations.models import ImportMapping, Project
from annotations.verbs import log
from annotations.verbs.import_people import accounts_of, known_accounts
from annotations.verbs.permissions import require

SHOWN = 10  # records, before and after
NAME_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One record as it came, and what it becomes: a problem, or what is wrong with it."""

    number: int
    before: dict[str, Any]
    after: Problem | None = None
    error: RecordError | None = None
    notes: tuple[Note, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "before": self.before,
            "after": dump(self.after) if self.after else None,
            "error": str(self.error) if self.error else None,
            "notes": [f"{note.kind}: {note.what}" for note in self.notes],
        }


def taxonomy_of(project: Project) -> Taxonomy:
    latest = project.taxonomies.first()
    return parse_taxonomy(latest.tree) if latest else DEFAULT_TAXONOMY


def look(source: Source, format: ImportFormat) -> Survey:
    """What the first records hold: columns, controls with their values, people."""
    source.file.seek(0)
    return survey(_foreign(format)(replace(source, mapping=None)))


def proposed(project: Project, found: Survey, format: ImportFormat, *, label_config: str = "") -> Mapping:
    """Raises FieldError for a labelling config that is none."""
    return propose(
        found,
        taxonomy_of(project),
        is_table=format.name == "table",
        label_config=parse_label_config(label_config) if label_config.strip() else None,
        accounts=known_accounts(project),
    )


def preview(project: Project, source: Source, format: ImportFormat, mapping: Mapping) -> list[Shown]:
    """The first ten records, before and after. Raises UnknownPerson."""
    people = accounts_of(project, mapping).names
    source.file.seek(0)
    given = replace(source, mapping=mapping, people=people)
    return list(islice(_shown(given, format), SHOWN))


def _shown(source: Source, format: ImportFormat) -> Iterator[Shown]:
    for found in _foreign(format)(source):
        if isinstance(found, RecordError):
            yield Shown(number=found.line, before={}, error=found)
            continue
        try:
            problem, notes = problem_of(
                found, source.mapping, tool=format.name, people=source.people, has_files=source.beside is not None
            )
        except FieldError as error:
            yield Shown(number=found.number, before=found.record, error=RecordError.of(found.number, error))
        else:
            yield Shown(number=found.number, before=found.record, after=problem, notes=notes)


def _foreign(format: ImportFormat) -> Any:
    if format.foreign is None:
        raise ValueError(f"{format.name} takes no mapping")
    return format.foreign


@transaction.atomic
def save_mapping(project: Project, format: str, name: str, mapping: Mapping, *, by: Any) -> ImportMapping:
    """Under this name, in the place of one that has it already. `by` None is the shell. Raises FieldError."""
    if by is not None:
        require(by, "import_data", project)
    if not 0 < len(name.strip()) <= NAME_LENGTH:
        raise FieldError("name", f"1 to {NAME_LENGTH} characters", f"{len(name.strip())}")
    row, _ = ImportMapping.objects.update_or_create(
        project=project,
        format=format,
        name=name.strip(),
        defaults={"mapping": dump_mapping(mapping), "saved_by": by, "saved_at": Now()},
    )
    log.record("save_mapping", by=by, project=project, target=f"{format}: {row.name}")
    return row


def saved_mapping(project: Project, format: str, name: str) -> Mapping:
    """Raises ImportMapping.DoesNotExist."""
    return parse_mapping(ImportMapping.objects.get(project=project, format=format, name=name).mapping)
