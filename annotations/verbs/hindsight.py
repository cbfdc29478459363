"""Did the critique help? Asked before its outcome is seen (foresight) and after (hindsight); the critique stays.

The outcome of a critique is a correction that it guided. It is locked until the person asks to see it: of a critic's
critique, not before they have rated it in foresight; of their own, at once. A rating in hindsight is taken only of an
outcome that was shown to this person, and keeps both times. Of several ratings the last counts; all are kept.

Source: RLHS, feedback after simulated consequences instead of before (METHODS.md, row 39).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from annotations.core import schema
from annotations.models import Critique, Response, Showing, UsefulnessRating
from annotations.verbs.reveal import revealed

MOST_OUTCOMES = 5  # of one critique, the first ones: what people are asked to look at
LONGEST_WORDS = 2000  # characters


class Locked(PermissionError):
    """Not yet: what has to happen before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One correction that a critique guided, with what this person knows and says of it."""

    critique: Critique
    correction: Response
    is_own: bool  # the critique
    foresight: UsefulnessRating | None
    showing: Showing | None
    hindsight: UsefulnessRating | None

    @property
    def is_unlocked(self) -> bool:
        return self.is_own or self.showing is not None or self.foresight is not None


def outcomes_of(own: Critique, critiques: Sequence[Critique], by: Any) -> list[Outcome]:
    """What came of the person's own critique (any revision) and of these critics'. Four queries.

    A correction that the person wrote is no outcome for them: they know it.
    """
    mine = Critique.objects.filter(author_id=own.author_id, response_id=own.response_id)
    guides = {critique.pk: critique for critique in [*mine, *critiques]}
    corrections = (
        Response.objects.filter(guided_by__in=guides, revises=own.response_id)
        .exclude(effect__corrector__user=by)
        .order_by("position", "id")
    )
    showings = {(row.critique_id, row.correction_id): row for row in _showings(own, guides)}
    ratings = {
        (row.critique_id, row.correction_id): row
        for row in UsefulnessRating.objects.filter(author_id=own.author_id, critique__in=guides)
    }
    found: dict[Any, list[Outcome]] = {key: [] for key in guides}
    for correction in corrections:
        guide = guides[correction.guided_by_id]  # type: ignore[index]  # filtered by it
        key = (guide.pk, correction.pk)
        if len(found[guide.pk]) < MOST_OUTCOMES:
            is_own = guide.author_id == own.author_id
            foresight = ratings.get((guide.pk, None))
            outcome = Outcome(guide, correction, is_own, foresight, showings.get(key), ratings.get(key))
            found[guide.pk].append(outcome)
    return [outcome for outcomes in found.values() for outcome in outcomes]


def _showings(own: Critique, guides: Any) -> Any:
    return Showing.objects.filter(author_id=own.author_id, critique__in=guides, correction__isnull=False)


@transaction.atomic
def show_outcome(own: Critique, correction: Response, *, by: Any) -> Showing:
    """Unlocks the outcome for the author of `own`; the first time is kept. Raises Locked."""
    _lock(own)
    outcome = _outcome(own, correction, by)
    if not outcome.is_unlocked:
        raise Locked("Say first whether this critique helps; then you see what came of it.")
    if outcome.showing is not None:
        return outcome.showing
    return Showing.objects.create(
        project_id=own.project_id, author_id=own.author_id, critique=outcome.critique, correction=correction
    )


@transaction.atomic
def rate_in_foresight(own: Critique, critique: Critique, rating: schema.Usefulness, words: str, *, by: Any) -> None:
    """Whether a critic's critique helps, before its outcome is seen. Raises Locked once one was, and ValueError."""
    _check(rating, words)
    _lock(own)
    if not revealed(own, by).filter(pk=critique.pk).exists():
        raise Locked("Submit your own critique first; where the project reveals, you see this one then.")
    if _showings(own, [critique.pk]).exists():
        raise Locked("You have seen what came of this critique; what you thought before stands as it is.")
    _rate(own, critique, rating, words)


@transaction.atomic
def rate_in_hindsight(own: Critique, correction: Response, rating: schema.Usefulness, words: str, *, by: Any) -> None:
    """Whether the critique helped, now that its outcome was shown. Raises Locked before that, and ValueError."""
    _check(rating, words)
    _lock(own)
    outcome = _outcome(own, correction, by)
    if outcome.showing is None:
        raise Locked("Look at what came of this critique first.")
    _rate(own, outcome.critique, rating, words, showing=outcome.showing)


def _outcome(own: Critique, correction: Response, by: Any) -> Outcome:
    critiques = list(revealed(own, by))
    found = next((each for each in outcomes_of(own, critiques, by) if each.correction.pk == correction.pk), None)
    if found is None:
        raise Locked("There is no such outcome of your critique, or of one that you may see.")
    return found


def _check(rating: str, words: str) -> None:
    if rating not in schema.USEFULNESS:
        raise ValueError(f"rating: expected one of {', '.join(schema.USEFULNESS)}, found {rating!r}")
    if len(words) > LONGEST_WORDS:
        raise ValueError(f"words: expected at most {LONGEST_WORDS} characters, found {len(words)}")
    if "\0" in words:
        raise ValueError("words: expected text, found a NUL character")


def _rate(own: Critique, critique: Critique, rating: str, words: str, *, showing: Showing | None = None) -> None:
    last = UsefulnessRating.objects.filter(
        author_id=own.author_id, critique=critique, correction=showing.correction_id if showing else None
    ).last()
    if last is not None and (last.rating, last.words) == (rating, words):
        return  # pressed twice
    UsefulnessRating.objects.create(
        project_id=own.project_id,
        author_id=own.author_id,
        critique=critique,
        correction_id=showing.correction_id if showing else None,
        shown_at=showing.shown_at if showing else None,
        rating=rating,
        words=words,
    )


def _lock(own: Critique) -> None:
    """Two tabs of one person take turns, so that a foresight cannot slip in while the outcome is being shown."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"hindsight of {own.author_id}"])
