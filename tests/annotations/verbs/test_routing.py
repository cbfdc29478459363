"""A mix of strategies over real rows: order, probability, batches, skills, and who gets what is left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from annotations.models import Assignment, Draft, LogEntry, Membership, Project, Route, Slot
from annotations.verbs import assign, batches, routing, rules
from annotations.verbs.assign import next_assignment
from annotations.verbs.draft import open_draft
from annotations.verbs.nothing_left import why_nothing
from annotations.verbs.probability import inclusion
from annotations.verbs.submit import submit_critique
from tests.annotations.verbs.test_submit import WHOLE, write
from tests.builders import a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db
CHANCE = [{"strategy": "by_chance", "weight": 1}]


def a_routed(count: int, mix: list[dict[str, Any]], **rules: Any) -> tuple[Project, list[Any], Any]:
    project = a_project(**rules)
    problem = a_problem(project, skill="charts")
    responses = [a_response(["Two bars.", "The bar shows 66.", "So."], problem=problem) for _ in range(count)]
    admin = a_person(role="admin", project=project)
    routing.change_mix(project, mix, seed=7, by=admin)
    return project, responses, admin


def give(project: Project, person: Any, times: int) -> list[Assignment]:
    given = []
    for _ in range(times):
        held = next_assignment(person, project)
        if held is None:
            break
        given.append(held)
        Slot.objects.filter(response=held.response_id, number=held.slot_number).update(state="done")
        Assignment.objects.filter(pk=held.pk).update(state="skipped")
    return given


def finish(project: Project, person: Any) -> Any:
    draft = open_draft(next_assignment(person, project))
    write(draft, WHOLE)
    return submit_critique(draft.pk, person)


def test_the_probability_is_kept_with_each_item_and_grows_towards_one() -> None:
    project, responses, _ = a_routed(12, CHANCE)
    given = give(project, a_person(role="annotator", project=project), 12)
    assert {one.response_id for one in given} == {response.pk for response in responses}
    stored = {one.pk: one.probability for one in Assignment.objects.all()}
    told = [stored[one.pk] for one in given]
    assert all(0 < each <= 1 for each in told)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert {one.strategy for one in given} == {"by_chance"}


def test_two_people_get_the_same_order_from_the_same_seed() -> None:
    project, _, admin = a_routed(10, CHANCE, overlap=2)
    first = [one.response_id for one in give(project, a_person(role="annotator", project=project), 10)]
    assert first == [one.response_id for one in give(project, a_person(role="annotator", project=project), 10)]
    assert LogEntry.objects.get(verb="change_mix").actor == admin


def test_depth_first_finishes_an_item_before_the_next() -> None:
    project, (first, second), _ = a_routed(2, [{"strategy": "depth_first", "weight": 1}], overlap=2)
    people = [a_person(role="annotator", project=project) for _ in range(3)]
    assert [next_assignment(person, project).response for person in people] == [first, first, second]


def test_a_new_mix_moves_what_nobody_had_and_keeps_the_probability_of_what_somebody_had() -> None:
    project, responses, admin = a_routed(20, CHANCE)
    ann = a_person(role="annotator", project=project)
    had = give(project, ann, 5)
    before = inclusion_of_all(project)
    routing.change_mix(project, [{"strategy": "by_priority", "weight": 1}], seed=1, by=admin)
    assert inclusion_of_all(project) == pytest.approx(before)
    batches.set_priority(project, [responses[-1].key], 5, by=admin)
    following = give(project, ann, 1)[0].response_id
    unseen = {response.pk for response in responses} - {one.response_id for one in had}
    assert following == (responses[-1].pk if responses[-1].pk in unseen else min(unseen))
    assert Route.objects.filter(reached__isnull=False).count() == 5
    assert all(0.5 < route.missed < 1 for route in Route.objects.filter(reached=None))


def inclusion_of_all(project: Project) -> dict[Any, float | None]:
    Assignment.objects.filter(state="skipped").update(state="released")  # stands for submitted: it has no critique
    reached = Assignment.objects.filter(project=project)
    for one in reached:
        critique = a_critique(one.response, by=one.user)
        Assignment.objects.filter(pk=one.pk).update(state="submitted", critique=critique)
    return inclusion(project)


def test_what_is_reached_with_which_probability_is_told_of_all_that_was_submitted() -> None:
    project, _, _ = a_routed(10, CHANCE)
    give(project, a_person(role="annotator", project=project), 4)
    told = inclusion_of_all(project)
    assert len(told) == 4
    assert len({round(value or 0, 9) for value in told.values()}) == 1  # equal weights, one threshold
    assert sum(1 / (value or 0) for value in told.values()) == pytest.approx(10, rel=0.6)


def test_without_a_mix_nothing_is_told_of_probabilities() -> None:
    project = a_project()
    a_response(["Two bars.", "The bar shows 66.", "So."], problem=a_problem(project))
    finish(project, a_person(role="annotator", project=project))
    assert inclusion(project) == {}
    assert Assignment.objects.get().probability == 1.0


@pytest.mark.parametrize(
    "mix", [[{"strategy": "by_magic", "weight": 1}], [{"strategy": "by_chance", "weight": 0}], [*CHANCE, *CHANCE]]
)
def test_a_mix_that_makes_no_sense_is_refused_in_words(mix: list[dict[str, Any]]) -> None:
    project = a_project()
    with pytest.raises(ValidationError, match="expected"):
        routing.change_mix(project, mix, by=a_person(role="admin", project=project))


def test_a_share_of_items_gets_more_people_and_the_database_draws_the_same_ones() -> None:
    project = a_project(overlap=1)
    problem = a_problem(project)
    responses = [a_response(1, problem=problem) for _ in range(60)]
    admin = a_person(role="admin", project=project)
    rules.change_rules(project, admin, agreement_overlap=3, agreement_share=0.4)
    project.refresh_from_db()
    for response in responses:
        live = Slot.objects.filter(response=response).exclude(state="closed").count()
        assert live == project.overlap_of(response.pk)
    more = [response for response in responses if project.overlap_of(response.pk) == 3]
    assert 5 < len(more) < 43  # five standard deviations to each side
    rules.change_rules(project, admin, agreement_share=0.0)
    assert Slot.objects.exclude(state="closed").count() == 60


def test_a_batch_comes_first_in_its_order_until_it_is_withdrawn() -> None:
    project, responses, admin = a_routed(6, CHANCE)
    ann = a_person(role="annotator", project=project)
    keys = [responses[4].key, responses[1].key, responses[3].key]
    batch = batches.give_batch(project, ann, keys, name="These", due_at=timezone.now() + timedelta(days=1), by=admin)
    first, second = give(project, ann, 2)
    assert [first.response, second.response] == [responses[4], responses[1]]
    assert (first.strategy, Assignment.objects.get(pk=first.pk).probability) == ("batch", None)
    (listed,) = batches.batches(project)
    assert (listed.count, listed.done) == (3, None)
    batches.withdraw_batch(batch, admin)
    assert next_assignment(ann, project).strategy == "by_chance"


def test_a_batch_names_the_key_that_is_not_there_and_asks_for_the_right() -> None:
    project, _, admin = a_routed(1, CHANCE)
    ann = a_person(role="annotator", project=project)
    with pytest.raises(ValidationError, match="1 of these keys are not in the project, such as nowhere"):
        batches.give_batch(project, ann, ["nowhere"], name="x", by=admin)
    with pytest.raises(PermissionDenied):
        batches.give_batch(project, ann, ["nowhere"], name="x", by=ann)


def test_an_item_comes_first_to_whom_has_its_skill() -> None:
    project = a_project()
    plain, clock = a_problem(project, skill="charts"), a_problem(project, skill="clocks")
    for problem in (plain, plain, plain, clock):
        a_response(1, problem=problem)
    admin, ann = a_person(role="admin", project=project), a_person(role="annotator", project=project)
    routing.change_mix(project, [{"strategy": "matched_to_skills", "weight": 1}], by=admin)
    batches.set_skills(project, ann, ["clocks", " "], by=admin)
    assert Membership.objects.get(user=ann).skills == ["clocks"]
    given = give(project, ann, 4)
    assert given[0].response.problem == clock
    assert len(given) == 4  # and then whatever is there
    assert given[0].probability is None


def test_what_comes_in_after_the_last_place_is_taken_is_kept_as_an_extra() -> None:
    project = a_project(overlap=1)
    a_response(["Two bars.", "The bar shows 66.", "So it grew."], problem=a_problem(project))
    ann, ben = (a_person(role="annotator", project=project) for _ in range(2))
    draft = open_draft(next_assignment(ann, project))
    write(draft, WHOLE)
    Assignment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    finish(project, ben)
    late = submit_critique(draft.pk, ann)
    assert submit_critique(draft.pk, ann) == late
    assert sorted(Assignment.objects.values_list("state", flat=True)) == ["extra", "submitted"]
    assert Slot.objects.filter(state="done").count() == 1
    assert next_assignment(ann, project) is None


def test_what_an_idle_person_holds_goes_to_one_who_has_nothing_and_their_late_work_is_kept() -> None:
    project = a_project(overlap=1)
    a_response(["Two bars.", "The bar shows 66.", "So it grew."], problem=a_problem(project))
    ann, ben = (a_person(role="annotator", project=project) for _ in range(2))
    draft = open_draft(next_assignment(ann, project))
    assert next_assignment(ben, project) is None  # she is at work
    Assignment.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=assign.IDLE_SECONDS + 1))
    finish(project, ben)
    write(draft, WHOLE)
    submit_critique(draft.pk, ann)
    assert sorted(Assignment.objects.values_list("state", flat=True)) == ["extra", "submitted"]


def test_what_is_only_held_ahead_goes_to_one_who_has_nothing() -> None:
    project = a_project(overlap=1)
    problem = a_problem(project)
    first, second = a_response(1, problem=problem), a_response(1, problem=problem)
    ann, ben = (a_person(role="annotator", project=project) for _ in range(2))
    held = next_assignment(ann, project)
    assign.assign_ahead(ann, project, beside=held.response_id)
    assert next_assignment(ben, project).response == second
    assert next_assignment(ann, project).response == first


def test_nothing_left_says_why() -> None:
    project = a_project(overlap=2)
    problem = a_problem(project)
    texts = ["Two bars.", "The bar shows 66.", "So it grew."]
    for _ in range(3):
        a_response(texts, problem=problem)
    ann = a_person(role="annotator", project=project)
    finish(project, ann)
    assign.skip(next_assignment(ann, project), "no_knowledge")
    third = next_assignment(ann, project)
    Draft.objects.all().delete()
    Slot.objects.filter(response=third.response_id, state="open").update(state="held")
    assign.skip(third, "other")
    told = why_nothing(ann, project)
    assert (told.items, told.done, told.waiting_for_others, told.skipped, told.held) == (3, 0, 1, 2, 0)
    Slot.objects.filter(state="held").update(state="done")
    told = why_nothing(ann, project)
    assert (told.items, told.skipped + told.done + told.waiting_for_others) == (3, 3)


def test_importing_lays_new_items_into_the_mix() -> None:
    project, _, _ = a_routed(4, CHANCE)
    a_response(1, project=project)
    assert Route.objects.count() == 4
    assert routing.lay_out(project) == 5
    assert Route.objects.count() == 5
    places = np.array(Slot.objects.values_list("position", flat=True))
    assert len(set(places)) == 5
