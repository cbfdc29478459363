"""Eight people as real processes: skips, leases that run out, and people killed in the midst of a transaction."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from annotations.models import Assignment, Draft, Slot
from annotations.verbs import assign, routing
from annotations.verbs.draft import Edit, open_draft, save
from annotations.verbs.submit import PlaceTaken, submit_critique
from tests.builders import a_person, a_problem, a_project, a_response

RESPONSES, OVERLAP, PEOPLE = 30, 2, 8
PATIENCE_SECONDS = 240
VALUES = {"steps.1.verdict": "correct", "steps.2.verdict": "correct", "answer.verdict": "correct"}


def work(person: Any, project: Any, seed: int) -> None:
    """Until nothing is left twice in a row: 1 in 8 skips, 1 in 8 leaves, 1 in 25 is killed before the commit."""
    draw = random.Random(seed)
    nothing = 0
    while nothing < 2:
        held = assign.next_assignment(person, project)
        if held is None:
            nothing += 1
            time.sleep(0.2)
            continue
        nothing, what = 0, draw.random()
        if what < 0.125:
            assign.skip(held, "other")
        elif what < 0.25:
            Assignment.objects.filter(pk=held.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
            Draft.objects.filter(user=person, response=held.response_id).delete()
        else:
            _submit(held, person, killed=what > 0.96)


def _submit(held: Assignment, person: Any, *, killed: bool) -> None:
    draft = open_draft(held)
    edits = [
        Edit(path=path, value=value, base_version=0, client="tab", number=number)
        for number, (path, value) in enumerate(VALUES.items(), 1)
    ]
    save(draft, edits)
    with transaction.atomic():
        try:
            submit_critique(draft.pk, person)
        except PlaceTaken:
            return
        if killed:
            os.kill(os.getpid(), signal.SIGKILL)


def _process(target: Callable[..., None], *args: Any) -> Any:
    def run() -> None:
        connections.close_all()
        target(*args)
        connections.close_all()
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    return process


@pytest.mark.parametrize(
    "mix", [[], [{"strategy": "by_chance", "weight": 2}, {"strategy": "depth_first", "weight": 1}]]
)
def test_overlap_is_exact_and_nobody_starves_whatever_happens(committed_db: None, mix: list[dict[str, Any]]) -> None:
    project = a_project(overlap=OVERLAP)
    problem = a_problem(project)
    responses = [a_response(2, problem=problem) for _ in range(RESPONSES)]
    people = [a_person(role="annotator", project=project) for _ in range(PEOPLE)]
    if mix:
        routing.change_mix(project, mix, seed=5, by=a_person(role="admin", project=project))
    connection.close()
    running = {number: _process(work, person, project, number) for number, person in enumerate(people)}
    kills, began = 0, time.monotonic()
    while running:
        assert time.monotonic() - began < PATIENCE_SECONDS, f"still at work: {sorted(running)}"
        for number, process in list(running.items()):
            process.join(0.05)
            if process.exitcode is None:
                continue
            if process.exitcode == 0:
                del running[number]
            else:  # the person comes back at once; what they held is theirs or expires
                assert process.exitcode == -signal.SIGKILL, "a worker ended by itself: a deadlock, or an error"
                kills += 1
                running[number] = _process(work, people[number], project, 1000 + number * 100 + kills)
    done = Assignment.objects.filter(state="submitted").values_list("response_id", "user_id")
    assert len(done) == len(set(done)) == RESPONSES * OVERLAP
    assert set(Counter(response for response, _ in done).values()) == {OVERLAP}
    assert Slot.objects.filter(state="done").count() == RESPONSES * OVERLAP
    assert not Slot.objects.filter(state__in=["open", "held"]).exists()
    assert {response for response, _ in done} == {response.pk for response in responses}
    assert kills > 0
