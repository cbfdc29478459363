"""Who gets which item."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotations.models import Assignment, Slot
from annotations.verbs import assign
from annotations.verbs.draft import open_draft
from tests.builders import a_correction, a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db


def a_queue(responses: int, **rules: Any) -> tuple[Any, list[Any]]:
    project = a_project(**rules)
    problem = a_problem(project)
    return project, [a_response(2, problem=problem) for _ in range(responses)]


def let_the_lease_run_out(assignment: Assignment) -> None:
    Assignment.objects.filter(pk=assignment.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_the_queue_goes_in_order_and_a_person_keeps_what_they_hold() -> None:
    project, (first, _) = a_queue(2)
    ann = a_person(role="annotator", project=project)
    given = assign.next_assignment(ann, project)
    assert given.response == first
    assert (given.strategy, given.probability) == ("queue", 1.0)
    assert assign.next_assignment(ann, project) == given


def test_every_response_is_given_once_before_any_twice() -> None:
    project, (first, second) = a_queue(2, overlap=2)
    people = [a_person(role="annotator", project=project) for _ in range(4)]
    given = [assign.next_assignment(person, project).response for person in people]
    assert given == [first, second, first, second]
    assert assign.next_assignment(a_person(role="annotator", project=project), project) is None


@pytest.mark.parametrize("blind", [True, False])
def test_in_a_blind_project_ones_own_critique_comes_before_its_guided_correction(blind: bool) -> None:
    project, (response,) = a_queue(1, overlap=1, queue_corrections=True, blind=blind)
    Slot.objects.filter(response=response).update(state="closed")
    correction = a_correction(response, guided_by=a_critique(response, "incorrect"))
    ann = a_person(role="annotator", project=project)
    if blind:
        assert assign.next_assignment(ann, project) is None
        a_critique(response, "correct", by=ann)
    assert assign.next_assignment(ann, project).response == correction


def test_a_skipped_item_goes_to_others_and_not_back_to_the_person() -> None:
    project, (only,) = a_queue(1)
    ann, ben = (a_person(role="annotator", project=project) for _ in range(2))
    assign.skip(assign.next_assignment(ann, project), "broken_image")
    assert Assignment.objects.get(user=ann).skip_reason == "broken_image"
    assert assign.next_assignment(ann, project) is None
    assert assign.next_assignment(ben, project).response == only


def test_skipping_asks_for_a_reason_of_the_list() -> None:
    project, _ = a_queue(1)
    held = assign.next_assignment(a_person(role="annotator", project=project), project)
    with pytest.raises(ValueError, match="reason: expected one of broken_image"):
        assign.skip(held, "bored")


def test_a_released_item_may_come_again() -> None:
    project, (only,) = a_queue(1)
    ann = a_person(role="annotator", project=project)
    assign.release(assign.next_assignment(ann, project))
    assert assign.next_assignment(ann, project).response == only


def test_an_item_that_was_left_goes_back_and_its_holder_gets_it_again_while_it_is_free() -> None:
    project, (first, second) = a_queue(2)
    ann, ben = (a_person(role="annotator", project=project) for _ in range(2))
    left = assign.next_assignment(ann, project)
    let_the_lease_run_out(left)
    assert assign.next_assignment(ben, project).response == first
    left.refresh_from_db()
    assert left.state == "expired"
    assert assign.next_assignment(ann, project).response == second


def test_a_person_who_comes_back_goes_on_with_their_draft_first() -> None:
    project, (first, second, third) = a_queue(3)
    ann, ben = (a_person(role="annotator", project=project) for _ in range(2))
    assert assign.next_assignment(ben, project).response == first
    held = assign.next_assignment(ann, project)
    open_draft(held)
    let_the_lease_run_out(held)
    assign.expire_leases(project)
    Slot.objects.filter(response=third).update(position=-1)  # the queue's next is another one now
    again = assign.next_assignment(ann, project)
    assert (again.response, again.strategy) == (second, "returned")


@pytest.mark.parametrize("gives_back", ["releases it", "leaves it"])
def test_a_slot_held_while_the_overlap_was_lowered_is_not_given_again(gives_back: str) -> None:
    project, (response,) = a_queue(1, overlap=2)
    ann, bob, cleo = (a_person(role="annotator", project=project) for _ in range(3))
    assign.next_assignment(ann, project)
    second = assign.next_assignment(bob, project)
    type(project).objects.filter(pk=project.pk).update(overlap=1)
    if gives_back == "releases it":
        assign.release(second)
    else:
        let_the_lease_run_out(second)
    assert assign.next_assignment(cleo, project) is None
    assert sorted(Slot.objects.filter(response=response).values_list("state", flat=True)) == ["closed", "held"]


def test_a_heartbeat_keeps_a_lease_and_tells_when_it_is_gone() -> None:
    project, _ = a_queue(1)
    held = assign.next_assignment(a_person(role="annotator", project=project), project)
    before = held.expires_at
    assert assign.heartbeat(held)
    assert held.expires_at > before
    assign.release(held)
    assert not assign.heartbeat(held)


def test_the_next_item_costs_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    project, _ = a_queue(12, overlap=3)
    ann = a_person(role="annotator", project=project)
    with django_assert_max_num_queries(9):  # 2 of them are the savepoint
        assign.next_assignment(ann, project)


@pytest.mark.django_db(transaction=True)
def test_overlap_is_exact_when_many_ask_at_once() -> None:
    project, responses = a_queue(10, overlap=2)
    people = [a_person(role="annotator", project=project) for _ in range(8)]

    def work(person: Any) -> list[Any]:
        try:
            given = []
            while (assignment := assign.next_assignment(person, project)) is not None:
                given.append(assignment.response_id)
                # done with it: what is submitted is nobody else's
                Slot.objects.filter(response=assignment.response_id, number=assignment.slot_number).update(state="done")
                Assignment.objects.filter(pk=assignment.pk).update(state="skipped")
            return given
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(work, people))
    assert all(len(set(one)) == len(one) for one in given)
    assert Counter(response for one in given for response in one) == {response.pk: 2 for response in responses}


@pytest.mark.django_db(transaction=True)
def test_two_tabs_of_one_person_get_one_item() -> None:
    project, _ = a_queue(8)
    ann = a_person(role="annotator", project=project)

    def ask(_: int) -> Any:
        try:
            return assign.next_assignment(ann, project).response_id
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert Assignment.objects.filter(user=ann).count() == 1
