"""Builders for runs: critics on the scripted engine, projects with many responses, and a worker in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotations.models import Project, Response
from tests.builders import a_problem, a_project, a_response
from tests.workers.scripting import enable_scripted_engines
from workers import runs
from workers.batch import Claims
from workers.drain import Drain
from workers.engine_room import EngineRoom
from workers.models import Critic, Run
from workers.queues import CRITICS


def a_scripted_critic(project: Project, model: str = "0 ms", **fields: Any) -> Critic:
    enable_scripted_engines()
    return Critic.objects.create(
        project=project, name=fields.pop("name", "scripted"), method="direct", engine="scripted", model=model, **fields
    )


def a_chain_of_each(project: Project, *questions: str) -> list[Response]:
    """One problem and response per question; the question scripts the engine."""
    return [a_response(2, problem=a_problem(project, question=question), slots=0) for question in questions]


def many_responses(count: int, project: Project | None = None) -> Project:
    """A project with that many responses of two steps to one problem."""
    project = project or a_project()
    problem = a_problem(project)
    for _ in range(count):
        a_response(2, problem=problem, slots=0)
    return project


def a_run(critic: Critic, **fields: Any) -> Run:
    return runs.start_run(critic, Response.objects.all(), **fields)


def do_the_work(*, group: Any = None, queue: str = CRITICS) -> None:
    """Drains the critics' queues in this thread, as a worker's thread does."""
    room = EngineRoom(Path("/nonexistent"))
    try:
        claims = Claims(queue=queue, owner="test", lease_seconds=30, group=group)
        Drain(claims, room, look_seconds=1).drain()
    finally:
        room.close()
