"""Kill anything at any time: critiques lost 0, doubled 0, and the run comes to its end."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

import pytest
from django.db import connection

from annotations.models import Critique, Work
from annotations.verbs import work
from tests.builders import a_project
from tests.faults.processes import WorkerProcess, wait_until, workers
from tests.workers.builders import a_chain_of_each, a_run, a_scripted_critic, many_responses
from workers import steering
from workers.models import Run, Worker
from workers.progress import failures, progress
from workers.queues import CRITICS

pytestmark = pytest.mark.django_db(transaction=True)


def has_ended(run: Run) -> bool:
    return Run.objects.filter(pk=run.pk, finished_at__isnull=False).exists()


def critiques_of(run: Run) -> int:
    return Critique.objects.filter(run=run.pk).count()


def assert_one_critique_each(run: Run) -> None:
    """Lost 0, doubled 0: in the critiques, their heads, and the rows of the jobs."""
    per_response = Counter(Critique.objects.filter(run=run.pk).values_list("response_id", flat=True))
    expected = set(run.jobs.values_list("response_id", flat=True))
    assert set(per_response) == expected
    assert set(per_response.values()) == {1}
    assert Critique.objects.filter(run=run.pk, head__isnull=False, revision=1).count() == run.job_count
    run.refresh_from_db()
    assert (run.state, progress(run).done) == ("done", run.job_count)


def test_a_worker_killed_twenty_times_loses_nothing_and_doubles_nothing(tmp_path):
    run = a_run(a_scripted_critic(many_responses(240), "40 ms"))
    dice = random.Random(20)
    with workers(tmp_path) as running:
        for kill in range(20):
            target = critiques_of(run) + dice.randint(1, 5)
            running.append(WorkerProcess(tmp_path / "workers.log", f"w{kill}"))
            wait_until(lambda target=target: critiques_of(run) >= target, f"{target} critiques")
            time.sleep(dice.uniform(0, 0.05))  # inside of a claim, an answer or a commit: anywhere
            running.pop().kill()
        survived = critiques_of(run)
        running.append(WorkerProcess(tmp_path / "workers.log", "last"))
        wait_until(lambda: has_ended(run), "the end of the run")
    assert survived < 240, "the last kill came after the end of the run, and shows nothing"
    assert_one_critique_each(run)


def test_a_restart_of_the_database_in_mid_run_loses_nothing(tmp_path, settings):
    from critique_app.embedded.server import server

    run = a_run(a_scripted_critic(many_responses(80), "100 ms"))
    with workers(tmp_path, "w"):
        wait_until(lambda: critiques_of(run) >= 10, "10 critiques")
        server().stop()
        server().hold()
        connection.close()
        wait_until(lambda: has_ended(run), "the end of the run")
    assert_one_critique_each(run)


def test_messages_that_are_lost_or_doubled_change_nothing(tmp_path):
    run = a_run(a_scripted_critic(many_responses(60), "50 ms"))
    with workers(tmp_path, "w"):
        wait_until(lambda: critiques_of(run) >= 5, "5 critiques")
        for _ in range(5):
            work.nudge(CRITICS)
        wait_until(lambda: critiques_of(run) >= 20, "20 critiques")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pgmq.purge_queue(%s)", [CRITICS])
        second = a_run(run.critic)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pgmq.purge_queue(%s)", [CRITICS])
        wait_until(lambda: has_ended(run) and has_ended(second), "the end of both runs")
    assert_one_critique_each(run)
    assert_one_critique_each(second)


def test_two_workers_share_a_run(tmp_path):
    critic = a_scripted_critic(many_responses(120), "100 ms")
    with workers(tmp_path, "one", "two"):
        wait_until(lambda: Worker.objects.count() == 2, "two workers")
        run = a_run(critic)
        wait_until(lambda: has_ended(run), "the end of the run")
    assert_one_critique_each(run)
    assert set(Work.objects.filter(group=run.pk).values_list("lease_owner", flat=True)) == {"one@test", "two@test"}


def test_the_late_results_of_a_worker_that_slept_through_its_lease_are_refused(tmp_path):
    run = a_run(a_scripted_critic(many_responses(40), "300 ms"))
    with workers(tmp_path, "sleeper") as running:
        wait_until(lambda: Work.objects.filter(group=run.pk, state="running").count() >= 20, "20 jobs in flight")
        running[0].signal(signal.SIGSTOP)
        running.append(WorkerProcess(tmp_path / "workers.log", "other"))
        wait_until(lambda: has_ended(run), "the end of the run")
        running[0].signal(signal.SIGCONT)
        wait_until(lambda: "late result was refused" in (tmp_path / "workers.log").read_text(), "a refusal")
    assert_one_critique_each(run)
    assert Critique.objects.count() == 40


def test_a_chain_that_kills_its_worker_fails_after_five_times_and_takes_no_other_along(tmp_path):
    project = a_project()
    a_chain_of_each(project, *["What?"] * 10, "DIE", *["What?"] * 10)
    run = a_run(a_scripted_critic(project, "20 ms"))
    with workers(tmp_path) as running:
        for attempt in range(work.MAX_ATTEMPTS):
            running.append(WorkerProcess(tmp_path / "workers.log", f"w{attempt}"))
            running[-1].process.wait(timeout=60)
        running.append(WorkerProcess(tmp_path / "workers.log", "last"))
        wait_until(lambda: has_ended(run), "the end of the run")
    told = progress(run)
    assert (told.done, told.failed) == (20, 1)
    assert failures(run)[0].cause.startswith("Its worker stopped 5 times")


def test_a_cancelled_run_drops_the_work_in_flight(tmp_path):
    run = a_run(a_scripted_critic(many_responses(60), "600000 ms"))
    with workers(tmp_path, "w"):
        wait_until(lambda: Work.objects.filter(group=run.pk, state="running").count() >= 8, "8 jobs in flight")
        steering.cancel_run(run)
        wait_until(lambda: has_ended(run), "the end of the run")
    run.refresh_from_db()
    assert (run.state, progress(run).cancelled, critiques_of(run)) == ("cancelled", 60, 0)


def test_an_orderly_stop_gives_the_work_back_at_once_and_says_good_bye(tmp_path):
    run = a_run(a_scripted_critic(many_responses(40), "600000 ms"))
    with workers(tmp_path, "w") as running:
        wait_until(lambda: Work.objects.filter(group=run.pk, state="running").count() >= 32, "32 jobs in flight")
        wait_until(lambda: Worker.objects.get().doing.startswith("critic of"), "the worker to say what it does")
        running[0].stop()
    assert set(Work.objects.filter(group=run.pk).values_list("state", "attempts")) == {("queued", 0)}
    assert Worker.objects.get().stopped_at is not None
