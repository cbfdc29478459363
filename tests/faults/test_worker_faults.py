"""Kill anything at any time: critiques lost 0, doubled 0, and the run comes to its end."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from annotations.models import Critique, Work
from annotations.verbs import work
from tests.builders import a_project
from tests.faults.account import Account, critiques_of, has_ended
from tests.faults.processes import WorkerProcess, wait_until, workers
from tests.workers.builders import a_chain_of_each, a_run, a_scripted_critic, many_responses
from workers.models import Run, Worker
from workers.progress import failures, progress

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_a_chain_that_kills_its_worker_fails_after_five_times_and_takes_no_other_along(broker, tmp_path):
    project = a_project()
    a_chain_of_each(project, *["What?"] * 10, "DIE", *["What?"] * 10)
    run = a_run(a_scripted_critic(project, "20 ms"))
    account = Account("a response that kills its worker", broker, run, failed=1)
    log = tmp_path / "workers.log"
    with workers(tmp_path) as running:
        for attempt in range(work.MAX_ATTEMPTS):
            running.append(WorkerProcess(log, f"w{attempt}", environment=broker.environment))
            running[-1].process.wait(timeout=60)
            if attempt == 0:
                account.fault()
        running.append(WorkerProcess(log, "last", environment=broker.environment))
        account.recovered()
        wait_until(lambda: has_ended(run), "the end of the run")
    account.close()
    told = progress(run)
    assert (told.done, told.failed) == (20, 1)
    assert failures(run)[0].cause.startswith("Its worker stopped 5 times")


def test_an_orderly_stop_gives_the_work_back_at_once_and_says_good_bye(tmp_path):
    run = a_run(a_scripted_critic(many_responses(40), "600000 ms"))
    with workers(tmp_path, "w") as running:
        wait_until(lambda: Work.objects.filter(group=run.pk, state="running").count() >= 32, "32 jobs in flight")
        wait_until(lambda: Worker.objects.get().doing.startswith("critic of"), "the worker to say what it does")
        running[0].stop()
    assert set(Work.objects.filter(group=run.pk).values_list("state", "attempts")) == {("queued", 0)}
    assert Worker.objects.get().stopped_at is not None
