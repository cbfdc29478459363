"""At the door: of claimed jobs, those that may start. A paused run's wait, a cancelled one's end, a budget is kept.

What is under way counts as spent, at the mean of what ended, or at the estimate where nothing has: so a budget is
overstepped by no more than the last jobs cost above the mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from annotations.models import Work
from workers import estimate, steering
from workers.jobs import CriticJob
from workers.models import Run


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has cost so far; `running` jobs are under way, wherever."""

    done: int
    running: int
    calls: int
    tokens: int
    seconds: float


_SPENT = """
SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'running'),
    coalesce(sum((result->>'calls')::bigint), 0),
    coalesce(sum((result->>'tokens_in')::bigint + (result->>'tokens_out')::bigint), 0),
    (SELECT seconds + coalesce(extract(epoch FROM clock_timestamp() - resumed_at), 0) FROM workers_run WHERE id = %s)
FROM annotations_work WHERE "group" = %s
"""


def spent(run: Run) -> Spent:
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, [run.pk, run.pk])
        done, running, calls, tokens, seconds = cursor.fetchone()
    return Spent(done, running, int(calls), int(tokens), float(seconds or 0))


def affordable(run: Run, so_far: Spent, per_job: estimate.PerJob) -> tuple[int, str]:
    """How many jobs may be under way, and the budget that says so. `per_job` stands in until a job has ended."""
    least, why = so_far.running, ""
    for name, limit, used, guess in (
        ("calls", run.budget_calls, so_far.calls, per_job.calls),
        ("tokens", run.budget_tokens, so_far.tokens, per_job.tokens),
    ):
        if limit is not None:
            mean = used / so_far.done if so_far.done and used else guess
            may = int(max(0, limit - used) // max(mean, 1e-9))
            if may < least:
                least, why = may, f"Its budget of {limit:,} {name} is used up: {used:,} so far."
    if run.budget_seconds is not None and so_far.seconds >= run.budget_seconds:
        least, why = 0, f"Its budget of {run.budget_seconds:,} seconds is used up."
    return least, why


def turn_away(jobs: list[CriticJob], token: UUID) -> list[CriticJob]:
    """Of jobs claimed under this token, those that may not start: their rows wait, or have ended. Two queries a run
    with a budget, none otherwise."""
    away: list[CriticJob] = []
    for _, of_run in groupby(sorted(jobs, key=lambda job: str(job.run.pk)), key=attrgetter("run.pk")):
        own = list(of_run)
        run = own[0].run
        if run.state == "cancelled":
            _end(own, token)
            away += own
        elif run.state == "paused":
            _pause(own, token)
            away += own
        elif run.has_budget:
            so_far = spent(run)
            may, why = affordable(run, so_far, estimate.per_job(run))
            if surplus := min(len(own), so_far.running - may):
                put_off = own[-surplus:]
                _pause(put_off, token)
                steering.pause_run(run, why=why)
                away += put_off
    return away


def _pause(jobs: list[CriticJob], token: UUID) -> None:
    held = Work.objects.filter(pk__in=[job.work.pk for job in jobs], lease_token=token, state="running")
    # An attempt that never began is none.
    held.update(state="paused", lease_token=None, lease_expires_at=None, lease_owner="", attempts=F("attempts") - 1)


def _end(jobs: list[CriticJob], token: UUID) -> None:
    held = Work.objects.filter(pk__in=[job.work.pk for job in jobs], lease_token=token, state="running")
    held.update(state="cancelled", lease_token=None, lease_expires_at=None, finished_at=Now())
