"""What people did with critiques, as core records: shown, reacted to, rated, reviewed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any
from uuid import UUID

from annotations.core import schema
from annotations.models.adjudication import Provenance
from annotations.models.outcome_records import author_record, critique_key
from annotations.models.reading import Reaction, Showing, UsefulnessRating
from annotations.models.review import Review


def reading_records(
    responses: Iterable[UUID], critiques: Collection[UUID] | None = None
) -> dict[UUID, tuple[schema.Reading, ...]]:
    """By the response whose critique was read, the oldest first; five queries. critiques: of these alone.

    A reaction beside a critique that is left out is left out with it, and so is a review with its revision.
    """
    held: dict[UUID, list[tuple[object, schema.Reading]]] = defaultdict(list)
    of = {"critique__response__in": list(responses)}
    for shown in Showing.objects.filter(**of).select_related("author", "critique", "correction"):
        held[shown.critique.response_id].append((
            shown.critique_id,
            schema.Showing(
                by=author_record(shown.author), critique=critique_key(shown.critique) or "",
                correction=shown.correction.key if shown.correction else None, at=shown.shown_at,
            ),
        ))  # fmt: skip
    for said in Reaction.objects.filter(**of).select_related("author", "critique", "beside"):
        if critiques is None or said.beside_id in critiques:
            held[said.critique.response_id].append((
                said.critique_id,
                schema.Reaction(
                    by=author_record(said.author), critique=critique_key(said.critique) or "", finding=said.finding,
                    beside=critique_key(said.beside) or "", reaction=said.kind, at=said.reacted_at,  # type: ignore[arg-type]
                ),
            ))  # fmt: skip
    for rated in UsefulnessRating.objects.filter(**of).select_related("author", "critique", "correction"):
        held[rated.critique.response_id].append((
            rated.critique_id,
            schema.UsefulnessRating(
                by=author_record(rated.author), critique=critique_key(rated.critique) or "",
                correction=rated.correction.key if rated.correction else None, shown_at=rated.shown_at,
                rating=rated.rating, words=rated.words, at=rated.rated_at,  # type: ignore[arg-type]
            ),
        ))  # fmt: skip
    for review in Review.objects.filter(**of).select_related("reviewer", "critique", "revision"):
        if critiques is None or review.revision_id is None or review.revision_id in critiques:
            held[review.response_id].append((
                review.critique_id,
                schema.Review(
                    by=author_record(review.reviewer), critique=critique_key(review.critique) or "",
                    decision=review.decision, reasons=review.reasons,  # type: ignore[arg-type]
                    revision=critique_key(review.revision), at=review.reviewed_at,
                ),
            ))  # fmt: skip
    for origin in Provenance.objects.filter(**of).select_related("critique__author", "source"):
        if critiques is None or origin.source_id is None or origin.source_id in critiques:
            held[origin.response_id].append((
                origin.critique_id,
                schema.Provenance(
                    by=author_record(origin.critique.author), critique=critique_key(origin.critique) or "",
                    step=origin.step, finding=origin.finding, how=origin.how,  # type: ignore[arg-type]
                    source=critique_key(origin.source), source_finding=origin.source_finding,
                    confidence=origin.confidence, why=origin.why,
                    at=origin.critique.submitted_at or origin.critique.stored_at,
                ),
            ))  # fmt: skip
    return {
        response: tuple(
            sorted(
                (reading for critique, reading in told if critiques is None or critique in critiques),
                key=_in_time,
            )
        )
        for response, told in held.items()
    }


def _in_time(reading: schema.Reading) -> tuple[Any, ...]:
    """The parts of a reference have one time: they stand in the order of its steps."""
    part = (reading.step, reading.finding or 0) if isinstance(reading, schema.Provenance) else ()
    return (reading.at, reading.kind, reading.critique, part)


def reading_identity(reading: schema.Reading) -> tuple[Any, ...]:
    """What makes two readings the same one: all that they say, whoever's objects tell the time zone."""
    said = (getattr(reading, part.name) for part in fields(reading) if part.name != "by")
    return (reading.by.kind, reading.by.name, *said)
