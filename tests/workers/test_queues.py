"""Routing: rows lie in a queue per engine and model, so that a worker loads a model once."""

from __future__ import annotations

import pytest

from annotations.models import Work
from tests.workers.builders import a_run, a_scripted_critic, do_the_work, many_responses
from workers import queues
from workers.engine_room import EngineRoom
from workers.models import Run
from workers.progress import progress

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_queue_is_named_for_its_model_and_fits_its_column():
    name = queues.queue_of("torch_local", "/models/a-very-long-name-of-a-model-indeed-7B/")
    assert name.startswith("critics:a-very-long-name-of-")
    assert len(name) <= 40
    assert name != queues.queue_of("openai_http", "/models/a-very-long-name-of-a-model-indeed-7B/")


def test_each_model_is_loaded_once_though_two_runs_want_it(monkeypatch):
    opened = []
    whole = EngineRoom._opened

    async def noted(self, key, options):
        if self._open is None or self._open[0] != key:
            opened.append(key.model)
        return await whole(self, key, options)

    monkeypatch.setattr(EngineRoom, "_opened", noted)
    project = many_responses(12)
    one, other = a_scripted_critic(project, "0 ms"), a_scripted_critic(project, "1 ms", name="other")
    for critic in (one, other, one, other):
        a_run(critic, priority=0)
    do_the_work()
    assert {run.state for run in Run.objects.all()} == {"done"}
    assert opened == ["0 ms", "1 ms"]


def test_an_urgent_run_on_another_model_goes_first():
    project = many_responses(40)
    big = a_run(a_scripted_critic(project, "0 ms"), priority=0)
    small = a_run(a_scripted_critic(project, "1 ms", name="other"), priority=5)
    assert queues.next_queue("critics", loaded=queues.queue_for(big.critic)) == queues.queue_for(small.critic)


def test_a_worker_for_one_model_leaves_the_others_alone():
    project = many_responses(2)
    mine = a_run(a_scripted_critic(project, "0 ms"))
    other = a_run(a_scripted_critic(project, "1 ms", name="other"))
    do_the_work(queue=queues.queue_for(mine.critic))
    assert (progress(mine).done, progress(other).queued) == (2, 2)


def test_rows_from_before_there_were_queues_of_their_own_are_done_too():
    run = a_run(a_scripted_critic(many_responses(2)))
    Work.objects.update(queue="critics")
    do_the_work()
    assert progress(run).done == 2


def test_models_of_a_worker_are_named_with_their_engine():
    assert queues.served_models(["torch_local=default"]) == (queues.queue_of("torch_local", "default"),)
    with pytest.raises(ValueError, match="expected ENGINE=MODEL"):
        queues.served_models(["default"])
