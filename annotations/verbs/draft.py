"""What a person is typing, kept field by field, so that nothing typed is lost and nothing is overwritten in silence.

A client (one tab) numbers its edits 1, 2, 3, … and sends them in that order. An edit is applied exactly once: the last
number applied is kept per client, in the draft's own rows, and what comes again is acknowledged, not applied. An edit
names the version of the field that it saw; where another client wrote since, the later edit wins and the reply tells
what the other wrote. What was covered so stays beside the value until its writer has seen it, so that a reply that was
lost on the way loses no such news. And each reply tells what other clients wrote since the version the client knew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotations.core.codec import FieldError
from annotations.models import Assignment, Critique, Draft, DraftField
from annotations.models.records import critique_record
from annotations.verbs.draft_paths import STEP_VERDICT, DraftContext, check
from annotations.verbs.recut_draft import late, ranges_of

_CLIENT = re.compile(r"[A-Za-z0-9-]{1,32}")
_COUNTERS = "clients."  # rows `clients.NAME` hold the number of the last edit of each client; no field of the draft


class DraftGone(LookupError):
    """The draft is no longer there: it was submitted, in this tab or another."""


class DraftInTheWay(LookupError):
    """The person is at something else of this response: one draft of a response at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change of one field. `base_version` is the field's version that the client saw, 0 for none."""

    path: str
    value: Any
    base_version: int
    client: str
    number: int
    segmentation: int | None = None  # the cut under which it was made; None: the present one


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """An edit that was applied over a value which its client had not seen."""

    path: str
    value: Any  # what the other client had written
    version: int
    client: str


@dataclass(slots=True)
class Saved:
    """Versions of the draft and of each edited field, what was overwritten unseen, values of edits known already."""

    version: int
    version_before: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)


def open_draft(assignment: Assignment) -> Draft:
    """The person's draft of the assigned response: the one that is there, or a new one."""
    draft, _ = Draft.objects.select_related("project").get_or_create(
        response_id=assignment.response_id,
        user_id=assignment.user_id,
        defaults={
            "project_id": assignment.project_id,
            "segmentation": assignment.response.segmentation,
            "steps_shown": 1 if assignment.project.step_reveal else None,
        },
    )
    return draft


def begin_draft(assignment: Assignment) -> Draft:
    """The draft of the item that the person comes to now: a critique starts here, not when it was fetched ahead."""
    draft = open_draft(assignment)
    if draft.version == 0:
        Draft.objects.filter(pk=draft.pk, version=0).update(created_at=Now())
    return draft


def parse_edit(value: Any) -> Edit:
    """An edit from decoded JSON. Raises FieldError for what does not fit."""
    names = {"path", "value", "base_version", "client", "number"}
    if not isinstance(value, dict) or set(value) - {"segmentation"} != names:
        raise FieldError("edit", "an object with path, value, base_version, client and number", repr(value)[:120])
    if "segmentation" not in value:
        value = value | {"segmentation": None}
    elif type(value["segmentation"]) is not int or not 1 <= value["segmentation"] < 2**15:
        raise FieldError("segmentation", "the number of a cut, 1 or more", repr(value["segmentation"])[:40])
    for name, least in (("base_version", 0), ("number", 1)):
        if type(value[name]) is not int or not least <= value[name] < 2**53:
            raise FieldError(name, f"a whole number, {least} or more", repr(value[name])[:40])
    if not isinstance(value["path"], str):
        raise FieldError("path", "text", repr(value["path"])[:120])
    if not isinstance(value["client"], str) or not _CLIENT.fullmatch(value["client"]):
        raise FieldError("client", "1 to 32 letters, digits or hyphens", repr(value["client"])[:40])
    return Edit(**value)


@transaction.atomic
def save(draft: Draft, edits: Sequence[Edit]) -> Saved:
    """Applies the edits in their order, all or none. Raises FieldError (bad path or value) and DraftGone."""
    locked = Draft.objects.select_for_update(of=("self",)).select_related("project").filter(pk=draft.pk).first()
    if locked is None:
        raise DraftGone(_("This critique has been submitted; its draft takes no more edits."))
    context = DraftContext(locked)
    edits = [present for edit in edits for present in _under_present_cut(edit, locked)]
    for edit in edits:
        check(edit.path, edit.value, context)
    paths = {edit.path for edit in edits} | {_COUNTERS + edit.client for edit in edits}
    rows = {row.path: row for row in DraftField.objects.filter(draft=locked, path__in=paths)}
    saved = Saved(version=locked.version, version_before=locked.version)
    changed: set[str] = set()
    fresh: set[tuple[str, int]] = set()  # an edit under an earlier cut may come to several fields
    for edit in edits:
        counter = rows.get(_COUNTERS + edit.client)
        if (edit.client, edit.number) in fresh or counter is None or edit.number > int(counter.value or 0):
            fresh.add((edit.client, edit.number))
            changed |= _apply(edit, locked, rows, saved)
        elif edit.path in rows:
            row = rows[edit.path]
            saved.known[edit.path] = row.value
            if (row.client, row.edit) == (edit.client, str(edit.number)):
                saved.conflicts += _covered(row)  # the reply that told it may have been lost
        if edit.path in rows:
            saved.versions[edit.path] = rows[edit.path].version
    changed |= _note_steps_seen(edits, context, rows, changed)
    _write([rows[path] for path in sorted(changed)])
    if changed:
        Draft.objects.filter(pk=locked.pk).update(version=saved.version, updated_at=Now())
    draft.version, draft.segmentation = saved.version, locked.segmentation
    return saved


def _under_present_cut(edit: Edit, draft: Draft) -> list[Edit]:
    """An edit that names an earlier cut of the chain, as edits of the draft as it stands now."""
    if edit.segmentation in (None, draft.segmentation):
        return [edit]
    old, new = ranges_of(draft.response, edit.segmentation), ranges_of(draft.response, draft.segmentation)
    if not old:
        raise FieldError("segmentation", "a cut that this chain has had", str(edit.segmentation))
    values = {path: row.value for path, row in fields_of(draft).items()}
    return [
        replace(edit, path=path, value=value) for path, value in late(edit.path, edit.value, values, old, new).items()
    ]


def _apply(edit: Edit, draft: Draft, rows: dict[str, DraftField], saved: Saved) -> set[str]:
    before, covered = rows.get(edit.path), None
    if before and before.version > edit.base_version:  # not seen yet by this client
        if before.client == edit.client:
            covered = before.covered
        elif before.value != edit.value:
            covered = {"value": before.value, "version": before.version, "client": before.client}
    saved.version += 1
    told = {"draft_id": draft.pk, "version": saved.version, "client": edit.client, "edit": str(edit.number)}
    counter = _COUNTERS + edit.client
    rows[edit.path] = DraftField(path=edit.path, value=edit.value, covered=covered, **told)
    rows[counter] = DraftField(path=counter, value=edit.number, **told)
    saved.conflicts += _covered(rows[edit.path])
    return {edit.path, counter}


def _note_steps_seen(
    edits: Sequence[Edit], context: DraftContext, rows: dict[str, DraftField], changed: set[str]
) -> set[str]:
    """Beside each verdict how much of the chain was shown when it was given: counted here, never by a client.

    Where a chain is shown at once nothing is counted.
    """
    if not context.draft.project.step_reveal and context.draft.steps_shown is None:
        return set()
    noted = set()
    for edit in edits:
        if (match := STEP_VERDICT.fullmatch(edit.path)) and edit.path in changed:
            verdict = rows[edit.path]
            path = f"steps.{match['step']}.steps_seen"
            rows[path] = DraftField(
                draft_id=verdict.draft_id, path=path, value=context.steps_shown, version=verdict.version,
                client=verdict.client, edit=verdict.edit,
            )  # fmt: skip
            noted.add(path)
    return noted


def _covered(row: DraftField) -> list[Conflict]:
    return [Conflict(path=row.path, **row.covered)] if row.covered else []


def changes_since(draft: Draft, version: int) -> list[DraftField]:
    """The fields that were written after the draft had this version, oldest first."""
    rows = DraftField.objects.filter(draft=draft, version__gt=version).exclude(path__startswith=_COUNTERS)
    return list(rows.order_by("version", "path"))


_WRITE = """
INSERT INTO annotations_draftfield (draft_id, path, value, covered, version, client, edit, edited_at)
SELECT draft, path, value::jsonb, covered::jsonb, version, client, edit, clock_timestamp()
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[])
    AS given (draft, path, value, covered, version, client, edit)
ON CONFLICT (draft_id, path) DO UPDATE SET value = EXCLUDED.value, covered = EXCLUDED.covered,
    version = EXCLUDED.version, client = EXCLUDED.client, edit = EXCLUDED.edit, edited_at = EXCLUDED.edited_at
"""


def _write(rows: Iterable[DraftField]) -> None:
    """All of them in one statement."""
    values = [
        (row.draft_id, row.path, _json(row.value), _json(row.covered), row.version, row.client, row.edit)
        for row in rows
    ]
    if values:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, list(map(list, zip(*values, strict=True))))


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def fields_of(draft: Draft) -> dict[str, DraftField]:
    """The draft's fields by path, cleared ones included; one query."""
    rows = DraftField.objects.filter(draft=draft).exclude(path__startswith=_COUNTERS).order_by("path")
    return {row.path: row for row in rows}


def save_form(draft: Draft, values: dict[str, Any]) -> Saved:
    """Takes what a plain form sent: values that differ from the stored ones become edits of a client of its own."""
    stored = fields_of(draft)
    client = f"form-{draft.pk.hex[-12:]}"
    counter = DraftField.objects.filter(draft=draft, path=_COUNTERS + client).values_list("value", flat=True).first()
    differing = [
        (path, value) for path, value in values.items() if value != (stored[path].value if path in stored else None)
    ]
    return save(
        draft,
        [
            Edit(path=path, value=value, base_version=draft.version, client=client, number=(counter or 0) + index)
            for index, (path, value) in enumerate(differing, 1)
        ],
    )


@transaction.atomic
def revise(critique: Critique, by: Any) -> Draft:
    """A draft that begins as the person's own last critique of the response; an unfinished revision is gone on with.

    Raises PermissionError for a critique of somebody else, LookupError where it is not the latest revision, and
    DraftInTheWay.
    """
    if critique.author.user_id != by.pk:
        raise PermissionError(_("Only the author of a critique revises it."))
    if not Critique.objects.filter(pk=critique.pk, head__isnull=False).exists():
        raise LookupError(_("A later revision of this critique exists; revise that one."))
    return begin_from(critique, by, purpose="critique")


def begin_from(critique: Critique, by: Any, *, purpose: str) -> Draft:
    """A draft for this purpose that begins as the critique, inside the caller's transaction; or the one under way.

    Raises DraftInTheWay where the person has a draft of the response for another purpose, or from another critique.
    """
    draft, made = Draft.objects.select_related("project").get_or_create(
        response_id=critique.response_id,
        user=by,
        defaults={
            "project_id": critique.project_id,
            "segmentation": critique.segmentation,
            "revises": critique,
            "purpose": purpose,
        },
    )
    if draft.purpose != purpose or (purpose != "critique" and draft.revises_id != critique.pk):
        raise DraftInTheWay(
            _("You have another draft of this response (My work, Drafts): submit it first, or throw it away.")
        )
    if made:
        whole = Critique.objects.whole().get(pk=critique.pk)
        values = _values_of(whole)
        _write(
            DraftField(draft_id=draft.pk, path=path, value=value, version=version, client="revision", edit="1")
            for version, (path, value) in enumerate(values.items(), 1)
        )
        Draft.objects.filter(pk=draft.pk).update(version=F("version") + len(values))
        draft.refresh_from_db()
    return draft


def _values_of(critique: Critique) -> dict[str, Any]:
    """The paths and values that make up a critique again. Alternatives of an explanation become paragraphs of one."""
    record = critique_record(critique)
    values: dict[str, Any] = {
        "answer.verdict": record.answer.verdict,
        "answer.confidence": record.answer.confidence,
        "comment": record.comment or None,
        "confidence": record.confidence,
        "difficulty": record.difficulty,
    }
    number = 0
    for judgment in record.judgments:
        step = f"steps.{judgment.step}"
        values |= {
            f"{step}.verdict": judgment.verdict,
            f"{step}.state": judgment.state if judgment.state == "unlabelled" else None,
            f"{step}.own_error": judgment.own_error,
            f"{step}.inherits_from": list(judgment.inherits_from) or None,
            f"{step}.origin_unknown": judgment.origin_unknown or None,
            f"{step}.confidence": judgment.confidence,
            f"{step}.reason": judgment.reason or None,
            f"{step}.skills": list(judgment.skills) or None,
            f"{step}.steps_seen": judgment.steps_seen,
        }
        for finding in judgment.findings:
            number += 1
            path = f"findings.{number:08d}"
            values |= {
                f"{path}.step": judgment.step,
                f"{path}.error_type": finding.error_type,
                f"{path}.severity": finding.severity,
                f"{path}.explanation": "\n\n".join(finding.explanations) or None,
                f"{path}.corrected_text": finding.corrected_text,
                f"{path}.marks": [mark_value(mark) for mark in finding.marks] or None,
            }
    return {path: value for path, value in values.items() if value is not None}


def mark_value(mark: Any) -> dict[str, Any]:
    if mark.kind == "span":
        return {"kind": "span", "start": mark.start, "end": mark.end}
    return {
        "kind": "region",
        "image": mark.image,
        "shape": mark.shape,
        "points": [list(point) for point in mark.points],
    }
