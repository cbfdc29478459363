"""What people did with critiques, as rows: like `outcome_rows.py`, nothing is written yet, and what is there stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models

from annotations.core import schema
from annotations.core.codec import FieldError
from annotations.core.ids import new_id
from annotations.models import Provenance, Reaction, Review, Showing, UsefulnessRating
from annotations.models.reading_records import reading_identity
from annotations.verbs.known import KnownCritique

if TYPE_CHECKING:
    from annotations.verbs.landing import Landing


@dataclass(slots=True)
class ReadingRows:
    """Ratings in foresight go in before what came of a critique is shown: the database takes none after it."""

    foresight: list[UsefulnessRating] = field(default_factory=list)
    showings: list[Showing] = field(default_factory=list)
    hindsight: list[UsefulnessRating] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    provenance: list[Provenance] = field(default_factory=list)

    def tables(self) -> list[tuple[type[models.Model], list[Any]]]:
        return [
            (UsefulnessRating, self.foresight),
            (Showing, self.showings),
            (UsefulnessRating, self.hindsight),
            (Reaction, self.reactions),
            (Review, self.reviews),
            (Provenance, self.provenance),
        ]


def add_readings(rows: ReadingRows, landing: Landing, record: schema.Problem) -> Iterator[FieldError]:
    """Adds the rows of one record that are not there yet; yields every error."""
    for index, reading in enumerate(record.readings):
        identity = reading_identity(reading)
        if landing.known.readings.get(identity):
            continue
        landing.known.put(landing.known.readings, identity, True)
        for error in _add(rows, landing, reading):
            yield FieldError(f"readings.{index}.{error.field}", error.expected, error.found)


def _add(rows: ReadingRows, landing: Landing, reading: schema.Reading) -> Iterator[FieldError]:
    critique = landing.known.critiques.get(reading.critique)
    if critique is None:
        yield _unknown("critique", reading.critique)
        return
    shared = {
        "id": new_id(), "project_id": landing.project.pk, "author_id": landing.author_of(reading.by, ""),
        "critique_id": critique.id,
    }  # fmt: skip
    if type(reading) in _OF_CRITIQUES:
        yield from _OF_CRITIQUES[type(reading)](rows, landing, reading, critique, shared)
        return
    assert isinstance(reading, schema.Showing | schema.UsefulnessRating)
    correction: UUID | None = None
    if reading.correction is not None:
        found = landing.known.responses.get(reading.correction)
        if found is None:
            yield FieldError("correction", "the key of a response on this line", repr(reading.correction))
            return
        correction = found.id
    if isinstance(reading, schema.Showing):
        rows.showings.append(Showing(correction_id=correction, shown_at=reading.at, **shared))
        return
    if (correction is None) != (reading.shown_at is None):
        yield FieldError("shown_at", "a time exactly where there is a correction", str(reading.shown_at))
        return
    rating = UsefulnessRating(
        correction_id=correction, shown_at=reading.shown_at, rating=reading.rating, words=reading.words,
        rated_at=reading.at, **shared,
    )  # fmt: skip
    (rows.foresight if correction is None else rows.hindsight).append(rating)


def _reaction(
    rows: ReadingRows, landing: Landing, reading: schema.Reaction, critique: KnownCritique, shared: dict[str, Any]
) -> Iterator[FieldError]:
    beside = landing.known.critiques.get(reading.beside)
    if beside is None:
        yield _unknown("beside", reading.beside)
    elif reading.finding > critique.finding_count:
        yield FieldError("finding", f"from 1 to {critique.finding_count}", str(reading.finding))
    else:
        rows.reactions.append(
            Reaction(
                response_id=critique.response_id, finding=reading.finding, beside_id=beside.id, kind=reading.reaction,
                reacted_at=reading.at, **shared,
            )
        )  # fmt: skip


def _review(
    rows: ReadingRows, landing: Landing, reading: schema.Review, critique: KnownCritique, shared: dict[str, Any]
) -> Iterator[FieldError]:
    reviewer = shared.pop("author_id")
    revision = None
    if reading.revision is not None and (revision := landing.known.critiques.get(reading.revision)) is None:
        yield _unknown("revision", reading.revision)
    elif (reading.decision == "changed") != (revision is not None):
        yield FieldError("revision", "a key exactly where the decision is changed", repr(reading.revision))
    elif revision is not None and revision.author_id != reviewer:
        yield FieldError("revision", "a critique by the reviewer", "one by somebody else")
    elif critique.author_id == reviewer:
        yield FieldError("by", "somebody else than the author of the critique", reading.by.name)
    elif reading.decision == "returned" and not reading.reasons:
        yield FieldError("reasons", "why it was returned", "none")
    else:
        rows.reviews.append(
            Review(
                response_id=critique.response_id, author_id=critique.author_id, reviewer_id=reviewer,
                decision=reading.decision, reasons=reading.reasons, revision_id=revision.id if revision else None,
                reviewed_at=reading.at, **shared,
            )
        )  # fmt: skip


def _provenance(
    rows: ReadingRows, landing: Landing, reading: schema.Provenance, critique: KnownCritique, shared: dict[str, Any]
) -> Iterator[FieldError]:
    shared.pop("author_id")  # the critique's own: it is told for the reader
    source = None
    if reading.source is not None and (source := landing.known.critiques.get(reading.source)) is None:
        yield _unknown("source", reading.source)
    elif (reading.how in ("taken", "edited")) != (source is not None):
        yield FieldError("source", "a key exactly where it was taken or edited", repr(reading.source))
    elif reading.source_finding and not (source and reading.source_finding <= source.finding_count):
        yield FieldError("source_finding", "a finding of the source", str(reading.source_finding))
    elif reading.finding is not None and reading.finding > critique.finding_count:
        yield FieldError("finding", f"from 1 to {critique.finding_count}", str(reading.finding))
    else:
        rows.provenance.append(
            Provenance(
                response_id=critique.response_id, step=reading.step, finding=reading.finding, how=reading.how,
                source_id=source.id if source else None, source_finding=reading.source_finding,
                confidence=reading.confidence, why=reading.why, **shared,
            )
        )  # fmt: skip


def _unknown(field: str, key: str) -> FieldError:
    return FieldError(field, "the key of a critique on this line, or in this project", repr(key))


# Those that are about critiques alone, and bring no correction.
_OF_CRITIQUES: dict[type, Callable[..., Iterator[FieldError]]] = {
    schema.Provenance: _provenance,
    schema.Review: _review,
    schema.Reaction: _reaction,
}
