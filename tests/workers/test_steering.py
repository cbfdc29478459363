"""A run can be paused, resumed, extended and left standing, and keeps its budget."""

from __future__ import annotations

import pytest

from annotations.models import Critique, Response, Work
from annotations.verbs import work
from tests.builders import a_project, a_response
from tests.workers.builders import a_chain_of_each, a_run, a_scripted_critic, do_the_work, many_responses
from workers import runs, steering
from workers.budget import Budget
from workers.housekeeping import extend_standing_runs
from workers.models import Run
from workers.progress import progress
from workers.queues import queue_for

pytestmark = pytest.mark.django_db(transaction=True)


def states(run: Run) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Work.objects.filter(group=run.pk).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def test_a_paused_run_does_nothing_until_it_is_resumed():
    run = a_run(a_scripted_critic(many_responses(3)))
    steering.pause_run(run)
    do_the_work()
    assert states(run) == {"paused": 3}
    steering.resume_run(run)
    do_the_work()
    run.refresh_from_db()
    assert (run.state, states(run)) == ("done", {"done": 3})


def test_a_row_that_is_put_back_into_a_paused_run_waits_with_the_others_at_no_attempt():
    run = a_run(a_scripted_critic(many_responses(2)))
    _, token = work.claim(queue_for(run.critic), owner="test", limit=1)
    steering.pause_run(run)
    work.give_back(token)
    do_the_work()
    assert set(Work.objects.filter(group=run.pk).values_list("state", "attempts")) == {("paused", 0)}
    assert Critique.objects.count() == 0


def test_only_a_paused_run_is_resumed():
    run = a_run(a_scripted_critic(many_responses(1)))
    with pytest.raises(ValueError, match="only a paused run"):
        steering.resume_run(run)


def test_a_paused_run_can_be_cancelled():
    run = a_run(a_scripted_critic(many_responses(2)))
    steering.pause_run(run)
    steering.cancel_run(run)
    run.refresh_from_db()
    assert (run.state, states(run)) == ("cancelled", {"cancelled": 2})
    assert run.finished_at is not None


def test_a_budget_of_calls_stops_the_claiming_and_says_so():
    run = a_run(a_scripted_critic(many_responses(30)), budget=Budget(calls=12))
    do_the_work()
    run.refresh_from_db()
    assert run.state == "paused"
    assert "budget of 12 calls" in run.why
    assert states(run) == {"done": 12, "paused": 18}


def test_a_run_that_used_up_its_budget_goes_on_with_a_larger_one():
    run = a_run(a_scripted_critic(many_responses(30)), budget=Budget(calls=12))
    do_the_work()
    steering.resume_run(run, budget=Budget(calls=100))
    do_the_work()
    run.refresh_from_db()
    assert (run.state, run.why, states(run)) == ("done", "", {"done": 30})


def test_a_budget_of_tokens_counts_those_read_and_those_written():
    run = a_run(a_scripted_critic(many_responses(30)), budget=Budget(tokens=1200))  # 110 a job
    do_the_work()
    run.refresh_from_db()
    assert run.state == "paused"
    assert progress(run).tokens_in + progress(run).tokens_out <= 1200
    assert "budget of 1,200 tokens" in run.why


def test_a_budget_of_seconds_stops_a_run_that_has_run_so_long():
    run = a_run(a_scripted_critic(many_responses(3)), budget=Budget(seconds=60))
    Run.objects.filter(pk=run.pk).update(seconds=61)
    do_the_work()
    run.refresh_from_db()
    assert (run.state, states(run)) == ("paused", {"paused": 3})
    assert "budget of 60 seconds" in run.why


def test_a_run_within_its_budget_ends_as_any_other():
    run = a_run(a_scripted_critic(many_responses(5)), budget=Budget(calls=5, tokens=100_000, seconds=1000))
    do_the_work()
    run.refresh_from_db()
    assert (run.state, states(run)) == ("done", {"done": 5})


def test_an_empty_budget_is_refused():
    with pytest.raises(ValueError, match="budget of calls: expected at least 1, found 0"):
        Budget(calls=0)


def test_a_far_end_that_is_down_pauses_the_run_with_its_reason_and_costs_no_attempt():
    project = a_project()
    a_chain_of_each(project, "What?", "DOWN", "And?")
    run = a_run(a_scripted_critic(project))
    do_the_work()
    run.refresh_from_db()
    assert (run.state, run.why) == ("paused", "the far end is down")
    assert set(Work.objects.filter(group=run.pk, state="paused").values_list("attempts", flat=True)) == {0}
    assert not Work.objects.filter(group=run.pk, state__in=["failed", "queued", "running"]).exists()


def test_a_run_is_extended_to_the_responses_that_came_since():
    project = many_responses(2)
    run = a_run(a_scripted_critic(project), chosen={"which": "all"})
    do_the_work()
    a_response(2, project=project)
    assert steering.extend_run(run) == 1
    run.refresh_from_db()
    assert (run.state, run.job_count, run.finished_at) == ("running", 3, None)
    do_the_work()
    assert steering.extend_run(run) == 0
    assert Critique.objects.filter(run=run.pk).count() == 3


def test_a_standing_run_reads_each_new_response_once_and_by_itself():
    project = many_responses(1)
    run = a_run(a_scripted_critic(project), chosen={"which": "all"}, standing=True)
    do_the_work()
    a_response(2, project=project)
    a_response(2, project=a_project())
    assert extend_standing_runs() == 1
    assert extend_standing_runs() == 0
    do_the_work()
    run.refresh_from_db()
    assert (run.state, Critique.objects.filter(run=run.pk).count()) == ("done", 2)


def test_a_standing_run_may_begin_before_there_is_any_response():
    project = a_project()
    run = runs.start_run(a_scripted_critic(project), Response.objects.none(), standing=True, chosen={"which": "all"})
    many_responses(2, project)
    assert extend_standing_runs() == 2
    do_the_work()
    assert progress(run).done == 2


def test_a_standing_run_keeps_to_what_was_chosen():
    project = many_responses(2)
    first = Response.objects.order_by("position").values_list("key", flat=True)[0]
    critic = a_scripted_critic(project)
    run = runs.start_run(
        critic, runs.choose(critic, "keys", [first]), standing=True, chosen={"which": "keys", "keys": [first]}
    )
    assert extend_standing_runs() == 0
    assert run.job_count == 1


def test_a_cancelled_run_stands_no_more():
    project = many_responses(1)
    run = a_run(a_scripted_critic(project), chosen={"which": "all"}, standing=True)
    steering.cancel_run(run)
    a_response(2, project=project)
    assert extend_standing_runs() == 0


def test_what_comes_into_a_paused_standing_run_waits_too():
    project = many_responses(1)
    run = a_run(a_scripted_critic(project), chosen={"which": "all"}, standing=True)
    steering.pause_run(run)
    a_response(2, project=project)
    extend_standing_runs()
    assert states(run) == {"paused": 2}


def test_a_filter_chooses_what_the_list_of_responses_would_show():
    project = many_responses(3)
    critic = a_scripted_critic(project)
    a_run(critic)
    do_the_work()
    assert runs.choose(critic, "filter", query={"agreement": "none"}).count() == 0
    assert runs.choose(critic, "filter", query={"agreement": "single"}).count() == 3


def test_a_filter_that_is_not_offered_is_refused_and_not_ignored():
    critic = a_scripted_critic(many_responses(1))
    with pytest.raises(ValueError, match="agreement"):
        runs.choose(critic, "filter", query={"agreement": "sometimes"})


def test_a_small_run_goes_before_a_big_one_that_began_earlier():
    critic = a_scripted_critic(many_responses(30))
    big = a_run(critic)
    small = runs.start_run(critic, Response.objects.filter(pk__in=Response.objects.values("pk")[:2]))
    assert (big.priority, small.priority) == (0, runs.SMALL_RUN_PRIORITY)
    claimed, _ = work.claim(queue_for(critic), owner="test", limit=2)
    assert {row.group for row in claimed} == {small.pk}
