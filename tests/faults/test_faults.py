"""Break one thing at a time while a run is under way, over each broker: lost 0, doubled 0, and the run ends or has
clearly stopped, with one verb to go on. Without `--all-brokers` most run over the embedded one alone.
"""

from __future__ import annotations

import time

import pytest

from tests.faults.account import Account, critiques_of, has_ended, in_flight
from tests.faults.processes import WorkerProcess, wait_until, workers
from tests.workers.builders import a_run, a_scripted_critic, many_responses

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
