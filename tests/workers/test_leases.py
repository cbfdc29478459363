"""Claimed work: a dead worker's rows go first, what may have killed it goes last, and giving back costs nothing."""

from __future__ import annotations

import pytest
from django.db import connection

from annotations.models import Work
from annotations.verbs import work

pytestmark = pytest.mark.django_db


def a_queued_row(**fields) -> Work:
    return Work.objects.create(kind="critic", queue="critics", **fields)


def an_orphan(attempts: int) -> Work:
    """A row whose worker has stopped that often."""
    row = a_queued_row()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE annotations_work SET state = 'running', attempts = %s,"
            " lease_expires_at = clock_timestamp() - interval '1 second' WHERE id = %s",
            [attempts, row.pk],
        )
    return row


def claimed(limit: int = 1, **options) -> list[Work]:
    return work.claim("critics", owner="test", limit=limit, **options)[0]


def test_the_rows_of_a_dead_worker_go_before_those_that_wait():
    a_queued_row()
    orphan = an_orphan(attempts=1)
    assert claimed() == [orphan]


def test_a_row_whose_worker_stopped_again_and_again_goes_last():
    suspect = an_orphan(attempts=3)
    waiting = a_queued_row()
    assert claimed() == [waiting]
    assert claimed() == [suspect]


def test_a_row_whose_worker_stopped_five_times_is_failed_and_says_so():
    row = an_orphan(attempts=work.MAX_ATTEMPTS)
    assert claimed() == []
    row.refresh_from_db()
    assert (row.state, row.error.strip()) == ("failed", "Its worker stopped 5 times while it was at this.")


def test_only_rows_of_the_asked_group_are_claimed():
    mine, other = a_queued_row(), a_queued_row()
    Work.objects.filter(pk=mine.pk).update(group=mine.pk)
    assert claimed(limit=5, group=mine.pk) == [mine]
    assert claimed(limit=5) == [other]


def test_more_rows_can_be_taken_under_a_lease_that_is_held():
    a_queued_row(), a_queued_row()
    _, token = work.claim("critics", owner="test")
    _, same = work.claim("critics", owner="test", token=token)
    assert same == token
    assert Work.objects.filter(lease_token=token).count() == 2


def test_giving_back_costs_no_attempt():
    row = a_queued_row()
    _, token = work.claim("critics", owner="test")
    assert work.give_back(token) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, row.lease_token) == ("queued", 0, None)


def test_what_was_asked_to_stop_ends_when_it_is_given_back():
    row = a_queued_row()
    _, token = work.claim("critics", owner="test")
    Work.objects.update(cancel_requested=True)
    work.give_back(token)
    row.refresh_from_db()
    assert row.state == "cancelled"


def test_some_of_what_is_held_can_be_given_back():
    a_queued_row(), a_queued_row()
    (first, _), token = work.claim("critics", owner="test", limit=2)
    assert work.give_back(token, only=[first.pk]) == 1
    assert Work.objects.filter(lease_token=token).count() == 1


def test_a_fault_of_the_world_puts_the_row_back_until_its_last_attempt():
    row = a_queued_row()
    for attempt in range(1, work.MAX_ATTEMPTS + 1):
        (held,), token = work.claim("critics", owner="test")
        work.try_again(held, token, error="the far end hung up")
        row.refresh_from_db()
        assert (row.state, row.attempts) == ("queued" if attempt < work.MAX_ATTEMPTS else "failed", attempt)
    assert row.error == "the far end hung up"


def test_a_late_fault_is_refused():
    a_queued_row()
    (held,), token = work.claim("critics", owner="test")
    work.give_back(token)
    with pytest.raises(work.LostLease):
        work.try_again(held, token, error="too late")
