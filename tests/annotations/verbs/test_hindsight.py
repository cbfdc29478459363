"""Foresight before, hindsight after: a rating is locked until its outcome was shown, in verb and database alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from annotations.core import schema
from annotations.models import Critique, Response, Showing, UsefulnessRating
from annotations.verbs.corrections import store_correction
from annotations.verbs.hindsight import Locked, outcomes_of, rate_in_foresight, rate_in_hindsight, show_outcome
from tests.annotations.verbs.test_reveal import Revealed
from tests.builders import a_critic, a_person

pytestmark = pytest.mark.django_db


def a_correction(it: Revealed, critique: Critique, *, user: Any = None) -> Response:
    record = schema.Response(key="", source_text="One.\n\nSo it is 31.9 %.", answer="31.9 %", generator="corrector")
    name = user.get_username() if user else "corrector"
    author = schema.Author(kind="person", name=name) if user else a_critic("corrector")
    return store_correction(it.response, record, author=author, user=user, guided_by=critique)


def test_a_rating_in_hindsight_is_refused_before_the_outcome_was_shown() -> None:
    it = Revealed()
    correction = a_correction(it, it.own)
    with pytest.raises(Locked, match="Look at what came of this critique first"):
        rate_in_hindsight(it.own, correction, "helped", "", by=it.person)
    showing = show_outcome(it.own, correction, by=it.person)
    rate_in_hindsight(it.own, correction, "helped", "The label.", by=it.person)
    rating = UsefulnessRating.objects.get()
    assert (rating.critique_id, rating.correction, rating.rating) == (it.own.pk, correction, "helped")
    assert rating.shown_at == showing.shown_at <= rating.rated_at


def test_a_critics_critique_is_rated_before_its_outcome_is_seen_and_again_after() -> None:
    it = Revealed()
    correction = a_correction(it, it.theirs)
    with pytest.raises(Locked, match="Say first whether this critique helps"):
        show_outcome(it.own, correction, by=it.person)
    rate_in_foresight(it.own, it.theirs, "helped", "", by=it.person)
    show_outcome(it.own, correction, by=it.person)
    with pytest.raises(Locked, match="stands as it is"):
        rate_in_foresight(it.own, it.theirs, "misled", "", by=it.person)
    rate_in_hindsight(it.own, correction, "misled", "", by=it.person)
    kept = list(UsefulnessRating.objects.values_list("correction", "rating"))
    assert kept == [(None, "helped"), (correction.pk, "misled")]


def test_a_change_of_mind_is_a_row_more_and_pressing_twice_is_not() -> None:
    it = Revealed()
    correction = a_correction(it, it.own)
    show_outcome(it.own, correction, by=it.person)
    for rating in ("helped", "helped", "misled"):
        rate_in_hindsight(it.own, correction, rating, "", by=it.person)  # type: ignore[arg-type]
    assert list(UsefulnessRating.objects.values_list("rating", flat=True)) == ["helped", "misled"]
    (outcome,) = outcomes_of(it.own, [], it.person)
    assert outcome.hindsight is not None
    assert outcome.hindsight.rating == "misled"


def test_a_correction_that_the_person_wrote_is_no_outcome_for_them() -> None:
    it = Revealed()
    a_correction(it, it.own, user=it.person)
    assert outcomes_of(it.own, [], it.person) == []
    a_correction(it, it.own, user=a_person())
    assert len(outcomes_of(it.own, [], it.person)) == 1


def test_where_the_project_does_not_reveal_a_critics_outcome_stays_locked_and_ones_own_opens() -> None:
    it = Revealed(reveal=False)
    correction = a_correction(it, it.theirs)
    with pytest.raises(Locked):
        rate_in_foresight(it.own, it.theirs, "helped", "", by=it.person)
    with pytest.raises(Locked, match="no such outcome"):
        show_outcome(it.own, correction, by=it.person)
    assert show_outcome(it.own, a_correction(it, it.own), by=it.person)


@pytest.mark.parametrize(("rating", "words"), [("great", ""), ("helped", "x" * 2001), ("helped", "a\0b")])
def test_a_rating_is_one_of_three_words_and_a_few_of_ones_own(rating: Any, words: str) -> None:
    it = Revealed()
    correction = a_correction(it, it.own)
    show_outcome(it.own, correction, by=it.person)
    with pytest.raises(ValueError, match="expected"):
        rate_in_hindsight(it.own, correction, rating, words, by=it.person)


def insert(**columns: Any) -> None:
    """A rating past all our code."""
    with transaction.atomic():
        UsefulnessRating.objects.create(rating="helped", **columns)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_itself_takes_no_hindsight_without_a_showing_and_no_foresight_after_one() -> None:
    it = Revealed()
    correction = a_correction(it, it.theirs)
    who = {"project": it.project, "author": it.own.author, "critique": it.theirs}
    moment = timezone.now() - timedelta(minutes=1)
    with pytest.raises(IntegrityError, match="hindsight_of_showing"):
        insert(**who, correction=correction, shown_at=moment)
    with pytest.raises(IntegrityError, match="hindsight_after_showing"):
        insert(**who, correction=correction)
    insert(**who)
    Showing.objects.create(**who, correction=correction)
    with pytest.raises(IntegrityError, match="foresight_before_showing"):
        insert(**who)
    with pytest.raises(IntegrityError, match="correction_by_critique"), transaction.atomic():
        Showing.objects.create(**{**who, "critique": it.own}, correction=correction)
