"""Commit, reveal, revise: what a person is shown once their own critique is submitted, and what they say of it.

The critics' critiques of the same response are shown where the project reveals, and only to somebody who has submitted
(blindness.py rules on it for this path too). Showings and reactions only grow; of several reactions of a person to one
finding the last counts. What was submitted stays as it is: a finding that the person agrees with is carried into a
draft of the next revision, which is marked as made after the reveal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from annotations.core import schema
from annotations.models import Author, Critique, Draft, Finding, Reaction, Showing
from annotations.models.critique import CritiqueQuerySet
from annotations.models.records import critique_record
from annotations.verbs.blindness import may_see_others
from annotations.verbs.draft import Edit, fields_of, mark_value, revise, save
from annotations.verbs.draft_paths import DraftContext
from annotations.verbs.draft_record import finding_ids

CARRIER = "carried"  # the client whose edits bring findings of critics into a draft


class NotRevealed(PermissionError):
    """The critique is not shown to this person, so nothing is to be said of it either."""


def revealed(own: Critique, by: Any) -> CritiqueQuerySet:
    """The critics' latest critiques that may be shown beside the person's own now; none before they submitted."""
    critiques = Critique.objects.by_critics().latest().filter(response_id=own.response_id)
    if own.author.user_id != by.pk or not own.project.reveal or not may_see_others(by, own.response):
        return critiques.none()
    return critiques.filter(segmentation=own.segmentation).order_by("author__name", "sample", "stored_at")


def has_something_to_show(own: Critique, by: Any) -> bool:
    """Whether the person is taken to their submitted critique first, before the next item."""
    return revealed(own, by).exists()


def note_shown(own: Critique, critiques: Iterable[Critique]) -> None:
    """That these were shown beside the person's own critique; the first time is kept."""
    rows = [Showing(project_id=own.project_id, author_id=own.author_id, critique=critique) for critique in critiques]
    Showing.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def react(own: Critique, critique: Critique, finding: int, kind: schema.ReactionKind, *, by: Any) -> Reaction:
    """What the author of `own` says of a critic's finding (its ordinal). Said twice in a row, it is said once.

    Raises NotRevealed, ValueError for an unknown kind, LookupError where there is no such finding.
    """
    if kind not in schema.REACTIONS:
        raise ValueError(f"kind: expected one of {', '.join(schema.REACTIONS)}, found {kind!r}")
    if not revealed(own, by).filter(pk=critique.pk).exists():
        raise NotRevealed("Submit your own critique first; where the project reveals, you see this one then.")
    if not Finding.objects.filter(critique=critique, ordinal=finding).exists():
        raise LookupError(f"finding: expected 1 to {critique.finding_count}, found {finding}")
    last = Reaction.objects.filter(critique=critique, finding=finding, author_id=own.author_id).last()
    if last is not None and last.kind == kind and last.beside_id == own.pk:
        return last
    return Reaction.objects.create(
        project_id=own.project_id,
        response_id=own.response_id,
        author_id=own.author_id,
        critique=critique,
        finding=finding,
        beside=own,
        kind=kind,
    )


def reactions_of(author: Author, critiques: Iterable[Critique]) -> dict[tuple[Any, int], str]:
    """The last reaction to each finding: (critique, ordinal) → kind. One query."""
    rows = Reaction.objects.filter(author=author, critique__in=[critique.pk for critique in critiques])
    return {(row.critique_id, row.finding): row.kind for row in rows}


@transaction.atomic
def carry_over(own: Critique, critique: Critique, finding: int, *, by: Any) -> Draft:
    """Agrees with the finding and brings it into the person's next revision, in which its step is incorrect.

    The draft is the one in progress, or begins as the person's own critique. Carried twice, it is there once.
    Raises what `react` and `draft.revise` raise.
    """
    react(own, critique, finding, "agree", by=by)
    draft = revise(own, by)
    step, carried = _located(critique, finding)
    values = _values(draft, critique, finding, step, carried)
    if values:
        version = draft.version
        save(
            draft,
            [
                Edit(path=path, value=value, base_version=version, client=CARRIER, number=version + number)
                for number, (path, value) in enumerate(values.items(), 1)
            ],
        )
    return draft


def _located(critique: Critique, ordinal: int) -> tuple[int, schema.Finding]:
    record = critique_record(Critique.objects.whole().get(pk=critique.pk))
    found = [(judgment.step, finding) for judgment in record.judgments for finding in judgment.findings]
    return found[ordinal - 1]


def _values(draft: Draft, critique: Critique, ordinal: int, step: int, finding: schema.Finding) -> dict[str, Any]:
    stored = {path: row.value for path, row in fields_of(draft).items()}
    id = f"{critique.pk.hex[-16:]}-{ordinal}"
    if id in finding_ids(stored):
        return {}
    path = f"findings.{id}"
    known = finding.error_type and DraftContext(draft).taxonomy.check(finding.error_type) is None
    own_error = {} if stored.get(f"steps.{step}.origin_unknown") else {f"steps.{step}.own_error": True}
    given = {
        f"steps.{step}.verdict": "incorrect",
        **own_error,
        f"{path}.error_type": finding.error_type if known else None,  # a newer taxonomy may have dropped it
        f"{path}.severity": finding.severity,
        f"{path}.explanation": _told(finding.explanations),
        f"{path}.corrected_text": finding.corrected_text,
        f"{path}.marks": [mark_value(mark) for mark in finding.marks] or None,
        f"{path}.step": step,
    }
    return {path: value for path, value in given.items() if value is not None and stored.get(path) != value}


def _told(explanations: Sequence[str]) -> str | None:
    return "\n\n".join(explanations) or None
