"""Push: problems, responses and critiques one call at a time, the way a running generator sends its work in.

Records are those of the native format; a response names its problem by key, a critique its response. Each lands or is
refused by itself. A client's key makes it idempotent: the same record again changes nothing, other content under a
known key is refused. One batch, one transaction; the rules are those of an import (`landing.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.db import transaction

from annotations.core import schema
from annotations.core.codec import FieldError, parse
from annotations.core.content import critique_key
from annotations.core.storable import unstorable_text
from annotations.importers.base import ImportFormat, Located, RecordError
from annotations.models import Critique, Problem, Project, Response
from annotations.models.records import problem_record, response_record
from annotations.verbs import log
from annotations.verbs.image_store import ImageFiles
from annotations.verbs.intake import arrival_of, hold, land
from annotations.verbs.landing import Landing
from annotations.verbs.permissions import require
from annotations.verbs.record_rows import Arrival

Kind = Literal["problems", "responses", "critiques"]
Status = Literal["added", "already_there", "refused"]
MAX_RECORDS = 1_000
PARENT: dict[Kind, str] = {"responses": "problem", "critiques": "response"}
_NO_FORMAT = ImportFormat(name="push", title="", help="", suffixes=(), read=lambda source: iter(()))


@dataclass(slots=True)
class Pushed:
    """What became of the record at this index."""

    index: int
    key: str
    status: Status = "refused"
    errors: tuple[FieldError, ...] = ()


def push(project: Project, kind: Kind, records: Sequence[Any], *, by: Any) -> list[Pushed]:
    """One outcome for each record, in their order. Raises PermissionDenied, and ValueError for too many records."""
    require(by, "import_data", project)
    if len(records) > MAX_RECORDS:
        raise ValueError(f"Expected at most {MAX_RECORDS:,} records a call; found {len(records):,}.")
    outcomes = [Pushed(index, _key_of(record)) for index, record in enumerate(records)]
    with ImageFiles(project.pk) as files:
        try:
            with transaction.atomic():
                held = hold(project)
                arrivals = list(_arrivals(held, kind, records, outcomes))
                before = _known(held, kind, outcomes)
                _, errors = land(Landing(held, files, by=by), arrivals)
                _settle(kind, arrivals, errors, outcomes, before)
                added = sum(outcome.status == "added" for outcome in outcomes)
                if added:
                    log.record("push", by=by, project=held, target=kind, after={"added": added})
        finally:
            with transaction.atomic():
                hold(project)
                files.remove_orphans()
    return outcomes


def _key_of(record: Any) -> str:
    key = record.get("key") if isinstance(record, dict) else None
    return key if isinstance(key, str) else ""


def _arrivals(project: Project, kind: Kind, records: Sequence[Any], outcomes: list[Pushed]) -> Any:
    """Of each record that can be read, the problem that holds it and nothing else new."""
    parents = _parents(project, kind, records)
    for record, outcome in zip(records, outcomes, strict=True):
        try:
            problem = _problem(kind, record, parents)
            if kind == "critiques":
                response = problem.responses[0]
                outcome.key = critique_key(response.critiques[0], response.key)
            outcome.errors = tuple(unstorable_text(record))
            if not outcome.errors:
                yield arrival_of(Located(outcome.index, 0, problem), _NO_FORMAT, None)
        except FieldError as error:
            outcome.errors = (error,)


def _problem(kind: Kind, record: Any, parents: dict[str, schema.Problem]) -> schema.Problem:
    if not isinstance(record, dict):
        raise FieldError("", "an object", type(record).__name__)
    if kind == "problems":
        return parse(schema.Problem, record)
    field = PARENT[kind]
    name = record.get(field)
    if not isinstance(name, str) or name not in parents:
        raise FieldError(field, f"the key of a {field} of this project", repr(name)[:120])
    bare = {part: value for part, value in record.items() if part != field}
    problem = parents[name]
    if kind == "responses":
        return replace(problem, responses=(parse(schema.Response, bare),))
    critique = parse(schema.Critique, bare)
    return replace(problem, responses=(replace(problem.responses[0], critiques=(critique,)),))


def _parents(project: Project, kind: Kind, records: Sequence[Any]) -> dict[str, schema.Problem]:
    """What the records hang on, by key: each as it is stored, so that landing finds it unchanged."""
    if kind == "problems":
        return {}
    field = PARENT[kind]
    names = {record[field] for record in records if isinstance(record, dict) and isinstance(record.get(field), str)}
    names = {name for name in names if "\0" not in name}
    if kind == "responses":
        problems = Problem.objects.filter(project=project, key__in=names).prefetch_related("problem_images__image")
        return {problem.key: problem_record(problem) for problem in problems}
    responses = (
        Response.objects.filter(project=project, key__in=names)
        .select_related("problem", "revises", "guided_by")
        .prefetch_related("segmentations", "steps", "problem__problem_images__image")
    )
    return {
        response.key: problem_record(response.problem, (response_record(response),)) for response in responses
    }  # fmt: skip


def _known(project: Project, kind: Kind, outcomes: list[Pushed]) -> set[str]:
    """The keys of these that the project holds already."""
    keys = [outcome.key for outcome in outcomes if not outcome.errors and outcome.key]
    table: Any = {"problems": Problem, "responses": Response, "critiques": Critique}[kind]
    return set(table.objects.filter(project=project, key__in=keys).values_list("key", flat=True))


def _settle(
    kind: Kind, arrivals: list[Arrival], errors: list[RecordError], outcomes: list[Pushed], before: set[str]
) -> None:
    """A key that stands twice in one call is added by its first record that is good."""
    bad: dict[int, list[FieldError]] = {}
    for error in errors:
        bad.setdefault(error.line, []).append(FieldError(_below(kind, error.field), error.expected, error.found))
    for arrival in arrivals:
        outcome = outcomes[arrival.line]
        if outcome.index in bad:
            outcome.errors = tuple(bad[outcome.index])
            continue
        outcome.status = "already_there" if outcome.key in before else "added"
        before.add(outcome.key)


def _below(kind: Kind, field: str) -> str:
    """The field as the client wrote it: without the way from the problem down."""
    prefix = {"problems": "", "responses": "responses.0.", "critiques": "responses.0.critiques.0."}[kind]
    return field.removeprefix(prefix)
