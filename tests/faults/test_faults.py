"""Break one thing at a time while a run is under way, over each broker: lost 0, doubled 0, and the run ends or has
clearly stopped, with one verb to go on. Without `--all-brokers` most run over the embedded one alone.
"""

from __future__ import annotations

import signal
import time

import pytest
from django.db import connection

from annotations.models import Critique, Work
from annotations.verbs import work
from tests.builders import a_project
from tests.faults.account import Account, critiques_of, has_ended, in_flight
from tests.faults.processes import WorkerProcess, wait_until, workers
from tests.workers.builders import a_chain_of_each, a_run, a_scripted_critic, many_responses
from workers import steering
from workers.models import Run, Worker
from workers.progress import failures

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_killed_while_it_loads_the_model(broker, tmp_path):
    run = a_run(a_scripted_critic(many_responses(20), "20 ms, loads 3000 ms"))
    account = Account("kill -9 while loading", broker, run)
    with workers(tmp_path, "w", environment=broker.environment) as running:
        wait_until(lambda: in_flight(run) > 0, "a claim")
        time.sleep(0.5)
        assert critiques_of(run) == 0
        running.pop().kill()
        account.fault()
        running.append(WorkerProcess(tmp_path / "workers.log", "next", environment=broker.environment))
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
    account.close()


@pytest.mark.every_broker
def test_a_worker_killed_while_it_generates(broker, tmp_path):
    run = a_run(a_scripted_critic(many_responses(60), "200 ms"))
    account = Account("kill -9 while generating", broker, run)
    with workers(tmp_path, "w", environment=broker.environment) as running:
        wait_until(lambda: critiques_of(run) >= 5 and in_flight(run) >= 5, "critiques, and jobs in flight")
        running.pop().kill()
        account.fault()
        running.append(WorkerProcess(tmp_path / "workers.log", "next", environment=broker.environment))
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
    account.close()


def test_a_worker_killed_between_result_and_commit(broker, tmp_path):
    run = a_run(a_scripted_critic(many_responses(20), "20 ms"))
    account = Account("kill -9 between result and commit", broker, run)
    log = tmp_path / "workers.log"
    with workers(tmp_path, "w", environment={**broker.environment, "STALL_COMMIT_AT": "5"}) as running:
        wait_until(lambda: "stalled between result and commit" in log.read_text(), "the fifth critique's transaction")
        assert critiques_of(run) == 4
        running.pop().kill()
        account.fault()
        running.append(WorkerProcess(log, "next", environment=broker.environment))
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
    account.close()


def test_the_database_restarted_in_mid_run(broker, tmp_path):
    from critique_app.embedded.server import server

    run = a_run(a_scripted_critic(many_responses(80), "100 ms"))
    account = Account("PostgreSQL restarted", broker, run)
    with workers(tmp_path, "w", environment=broker.environment):
        wait_until(lambda: critiques_of(run) >= 10, "10 critiques")
        server().stop()
        account.fault()
        server().hold()
        connection.close()
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
    account.close()


@pytest.mark.every_broker
def test_messages_deleted_doubled_and_delayed(broker, tmp_path):
    critic = a_scripted_critic(many_responses(60), "100 ms")
    run = a_run(critic)
    account = Account("messages doubled, delayed, purged", broker, run)
    with workers(tmp_path, "w", environment=broker.environment):
        wait_until(lambda: critiques_of(run) >= 5, "5 critiques")
        broker.send(5)
        broker.send(after_seconds=2)
        broker.purge()
        account.fault()
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
        second = a_run(critic, nudge=False)
        unheard = Account("a run's message lost, worker idle", broker, second)
        unheard.fault()
        unheard.recovered()
        wait_until(lambda: has_ended(second), "the end of the run of which nobody was told")
    account.close()
    unheard.close()


def test_two_workers_on_one_run(broker, tmp_path):
    critic = a_scripted_critic(many_responses(100), "100 ms")
    with workers(tmp_path, "one", "two", environment=broker.environment):
        wait_until(lambda: Worker.objects.count() == 2, "two workers")
        run = a_run(critic)
        account = Account("two workers on one run", broker, run)
        account.fault()
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
    account.close()
    assert set(Work.objects.filter(group=run.pk).values_list("lease_owner", flat=True)) == {"one@test", "two@test"}


def test_a_lease_that_expires_under_a_worker_that_lives(broker, tmp_path):
    run = a_run(a_scripted_critic(many_responses(40), "300 ms"))
    account = Account("lease expired under a live worker", broker, run)
    log = tmp_path / "workers.log"
    with workers(tmp_path, "sleeper", environment=broker.environment) as running:
        wait_until(lambda: in_flight(run) >= 20, "20 jobs in flight")
        running[0].signal(signal.SIGSTOP)
        account.fault()
        running.append(WorkerProcess(log, "other", environment=broker.environment))
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
        running[0].signal(signal.SIGCONT)
        wait_until(lambda: "late result was refused" in log.read_text(), "a refusal")
    account.close()
    assert Critique.objects.count() == 40


def test_a_chain_that_wants_more_memory_than_there_is(broker, tmp_path):
    project = a_project()
    a_chain_of_each(project, "HUNGRY")
    many_responses(60, project)
    run = a_run(a_scripted_critic(project, "200 ms"))
    account = Account("out of memory", broker, run, failed=1)
    with workers(tmp_path, "w", environment=broker.environment):
        wait_until(lambda: Work.objects.filter(group=run.pk, error__startswith="MemoryError").exists(), "no memory")
        account.fault()
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
    account.close()
    failed = Work.objects.get(group=run.pk, state="failed")
    assert failed.attempts == work.MAX_ATTEMPTS
    assert failures(run)[0].trace.startswith("Traceback")


def test_a_chain_that_crashes_its_method_fails_alone_and_can_be_tried_again(broker, tmp_path):
    project = a_project()
    a_chain_of_each(project, "CRASH")
    many_responses(60, project)
    run = a_run(a_scripted_critic(project, "200 ms"))
    account = Account("a response that crashes the method", broker, run, failed=1)
    with workers(tmp_path, "w", environment=broker.environment):
        wait_until(lambda: Work.objects.filter(group=run.pk, state="failed").exists(), "the failure")
        account.fault()
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
        assert "Traceback" in failures(run)[0].trace
        assert steering.retry_failed(run) == 1
        wait_until(lambda: has_ended(run), "the end after the retry")
    account.close()


def test_a_cancelled_run_with_work_in_flight(broker, tmp_path):
    run = a_run(a_scripted_critic(many_responses(60), "600000 ms"))
    account = Account("cancelled with work in flight", broker, run)
    with workers(tmp_path, "w", environment=broker.environment):
        wait_until(lambda: in_flight(run) >= 8, "8 jobs in flight")
        steering.cancel_run(run)
        account.fault()
        wait_until(lambda: has_ended(run), "the end of the run")
        account.stopped()
    account.close(cancelled=60)
    assert Run.objects.get(pk=run.pk).state == "cancelled"
    assert steering.retry_failed(run) == 60
    assert Run.objects.get(pk=run.pk).state == "running"


def test_a_paused_run_with_work_in_flight_stops_and_goes_on(broker, tmp_path):
    run = a_run(a_scripted_critic(many_responses(60), "200 ms"))
    account = Account("paused with work in flight", broker, run)
    with workers(tmp_path, "w", environment=broker.environment):
        wait_until(lambda: critiques_of(run) >= 5, "5 critiques")
        steering.pause_run(run)
        wait_until(lambda: in_flight(run) == 0, "nothing in flight")
        stopped_at = critiques_of(run)
        time.sleep(2)
        assert critiques_of(run) == stopped_at < 60
        steering.resume_run(run)
        account.fault()
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
    account.close()
