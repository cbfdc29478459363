"""Runs: every response gets one critique, failures stay with their job, and a run ends by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.models import Author, Critique, Response, Work
from annotations.verbs import work
from tests.builders import a_project
from tests.workers.builders import a_chain_of_each, a_run, a_scripted_critic, do_the_work, many_responses
from workers import runs, steering
from workers.models import ImageReading, Job
from workers.progress import failures, progress
from workers.queues import queue_for

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_response_gets_one_critique_and_the_run_ends():
    project = many_responses(20)
    run = a_run(a_scripted_critic(project))
    do_the_work()
    run.refresh_from_db()
    assert (run.state, run.tokens_in, run.tokens_out) == ("done", 2000, 200)
    assert run.finished_at is not None
    assert Critique.objects.filter(run=run.pk).values("response").distinct().count() == 20
    assert Critique.objects.count() == 20
    author = Author.objects.get()
    assert (author.kind, author.name, author.method, author.run) == ("critic", "scripted", "direct", str(run.pk))


def test_each_sample_is_a_critique_of_its_own():
    run = a_run(a_scripted_critic(many_responses(2)), samples=3)
    do_the_work()
    assert sorted(Critique.objects.filter(run=run.pk).values_list("sample", flat=True)) == [0, 0, 1, 1, 2, 2]


def test_samples_draw_with_different_seeds_and_the_same_run_seed_draws_them_again():
    from workers.jobs import Loader

    critic = a_scripted_critic(many_responses(1))
    seeds = []
    for _ in range(2):
        run = a_run(critic, samples=2, seed=7)
        jobs = Loader().load(list(Work.objects.filter(group=run.pk).order_by("pk")))
        seeds.append([job.seed for job in jobs])
    assert seeds[0] == seeds[1]
    assert seeds[0][0] != seeds[0][1]


def test_a_run_over_nothing_is_refused():
    with pytest.raises(ValueError, match="found none"):
        runs.start_run(a_scripted_critic(a_project()), Response.objects.all())


def test_responses_of_another_project_are_left_alone():
    mine, _ = many_responses(1), many_responses(1)
    run = a_run(a_scripted_critic(mine))
    assert [job.response.project for job in run.jobs.all()] == [mine]


def test_a_chain_that_crashes_the_method_fails_alone_with_its_trace_below_its_cause():
    project = a_project()
    a_chain_of_each(project, "What?", "CRASH", "And?")
    run = a_run(a_scripted_critic(project))
    do_the_work()
    run.refresh_from_db()
    told = progress(run)
    assert (run.state, told.done, told.failed, told.unfinished) == ("done", 2, 1, 0)
    (failure,) = failures(run)
    assert failure.cause == "RuntimeError: the method tripped over this chain"
    assert "Traceback" in failure.trace


def test_a_fault_of_the_world_is_tried_again():
    project = a_project()
    a_chain_of_each(project, "FLAKY")
    run = a_run(a_scripted_critic(project))
    do_the_work()
    told = progress(run)
    assert (told.done, told.failed) == (1, 0)
    assert Work.objects.get(group=run.pk).attempts == 2


def test_an_engine_that_cannot_be_opened_fails_its_jobs_with_its_own_words():
    run = a_run(a_scripted_critic(many_responses(3), model="missing"))
    do_the_work()
    (failure,) = failures(run)
    assert (failure.count, failure.cause) == (3, "model missing: expected a folder, found none; give the path of one")


def test_settings_that_the_method_does_not_know_fail_the_job():
    run = a_run(a_scripted_critic(many_responses(1), settings={"wings": 2}))
    do_the_work()
    assert "wings" in failures(run)[0].cause


def test_what_does_not_parse_is_counted_and_kept_and_never_a_verdict():
    project = a_project()
    a_chain_of_each(project, "NONSENSE")
    run = a_run(a_scripted_critic(project))
    do_the_work()
    critique = Critique.objects.get()
    assert progress(run).unparsed == 1
    assert critique.raw_output == "Well, it depends."
    assert [row.verdict for row in critique.judgments.all()] == [None, None]


def test_failed_jobs_can_be_retried_and_the_others_stay_as_they_are():
    project = a_project()
    a_chain_of_each(project, "What?", "CRASH")
    run = a_run(a_scripted_critic(project))
    do_the_work()
    kept = Critique.objects.get()
    assert steering.retry_failed(run) == 1
    run.refresh_from_db()
    assert (run.state, run.finished_at) == ("running", None)
    do_the_work()
    run.refresh_from_db()
    assert run.state == "done"
    assert Critique.objects.get() == kept


def test_time_left_is_told_from_the_whole_run_where_nothing_ended_lately():
    run = a_run(a_scripted_critic(many_responses(4)))
    long_ago = timezone.now() - timedelta(minutes=10)
    jobs = list(Work.objects.filter(group=run.pk).order_by("pk"))
    Work.objects.filter(pk=jobs[0].pk).update(
        state="done", started_at=long_ago, finished_at=long_ago + timedelta(minutes=5), result={"tokens_out": 60}
    )
    told = progress(run)
    assert round(told.seconds_left) == 3 * 600
    assert round(told.tokens_per_second, 1) == 0.1


def test_a_cancelled_run_does_no_more():
    run = a_run(a_scripted_critic(many_responses(5)))
    steering.cancel_run(run)
    do_the_work()
    run.refresh_from_db()
    assert (run.state, progress(run).cancelled, Critique.objects.count()) == ("cancelled", 5, 0)
    assert run.finished_at is not None


def test_two_critics_on_different_models_are_both_served():
    project = many_responses(3)
    first = a_run(a_scripted_critic(project, "0 ms"))
    second = a_run(a_scripted_critic(project, "1 ms", name="other"))
    do_the_work()
    assert progress(first).done == progress(second).done == 3


def test_the_urgent_run_goes_first():
    critic = a_scripted_critic(many_responses(3))
    a_run(critic, priority=0)
    urgent = a_run(critic, priority=1)
    claimed, token = work.claim(queue_for(critic), owner="test", limit=3)
    assert {row.group for row in claimed} == {urgent.pk}
    assert work.give_back(token) == 3


def test_a_model_without_eyes_is_given_the_images_text_which_is_read_once_and_kept_as_evidence():
    project = many_responses(2)
    run = a_run(a_scripted_critic(project, "0 ms, blind"))
    do_the_work()
    assert progress(run).done == 2
    assert ImageReading.objects.count() == 1
    evidence = Critique.objects.first().evidence.get()
    assert (evidence.kind, evidence.content["image"]) == ("ocr", 1)


def test_a_job_whose_worker_stopped_twice_runs_alone():
    critic = a_scripted_critic(many_responses(4))
    run = a_run(critic)
    suspects = list(Work.objects.filter(group=run.pk).order_by("pk")[:2])
    Work.objects.filter(pk__in=[row.pk for row in suspects]).update(attempts=2)
    do_the_work()
    assert progress(run).done == 4
    assert {row.attempts for row in Work.objects.filter(pk__in=[row.pk for row in suspects])} == {3}


def test_many_jobs_start_in_few_queries():
    project = many_responses(30)
    critic = a_scripted_critic(project)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        run = a_run(critic, samples=100)
    assert Job.objects.filter(run=run).count() == 3000
    assert len(captured) <= 10
