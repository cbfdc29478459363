"""Steering a run that has begun: pause, resume, cancel, retry, extend, close. Pages, API, shell and workers call these.

Pausing stops the claiming; what is under way ends as it would. Rows that reach a worker all the same (a dead worker's,
or one that was put back) are turned away by `admission`.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotations.models import Response, Work
from annotations.models.work import WorkQuerySet
from annotations.verbs import log, webhooks, work
from workers import runs
from workers.budget import Budget
from workers.models import Job, Run
from workers.queues import queue_for

_STOP_CLOCK = """
UPDATE workers_run SET state = 'paused', why = %s,
    seconds = seconds + coalesce(extract(epoch FROM clock_timestamp() - resumed_at), 0), resumed_at = NULL
WHERE id = %s AND state = 'running' AND finished_at IS NULL
"""


@transaction.atomic
def pause_run(run: Run, *, by: Any = None, why: str = "") -> bool:
    """No more of its jobs are claimed, until it is resumed. False where it was not running."""
    with connection.cursor() as cursor:
        cursor.execute(_STOP_CLOCK, [why, run.pk])
        if not cursor.rowcount:
            return False
    _jobs(run).filter(state="queued").update(state="paused")
    log.record("pause_run", by=by, project=run.project, target=f"{run.critic.name} {run.pk}", after=why)
    return True


@transaction.atomic
def resume_run(run: Run, *, by: Any = None, budget: Budget | None = None) -> None:
    """Goes on, under a new budget where one is given. Raises ValueError where it is not paused."""
    held = Run.objects.select_for_update().get(pk=run.pk)
    if held.state != "paused":
        raise ValueError(_("This run is %(state)s: only a paused run can be resumed.") % {"state": held.state})
    if budget is not None:
        held.budget_calls, held.budget_tokens, held.budget_seconds = budget.calls, budget.tokens, budget.seconds
    held.state, held.why, held.resumed_at = "running", "", Now()
    held.save(update_fields=["state", "why", "resumed_at", "budget_calls", "budget_tokens", "budget_seconds"])
    _jobs(run).filter(state="paused").update(state="queued")
    log.record("resume_run", by=by, project=run.project, target=f"{run.critic.name} {run.pk}")
    work.nudge(queue_for(run.critic))


@transaction.atomic
def cancel_run(run: Run, *, by: Any = None) -> None:
    """Jobs that wait end now, those of a dead worker too; a live worker drops the rest within a second."""
    # Locked in the order in which a lease is renewed (verbs/lease.py), so that neither waits for the other.
    unfinished = list(_jobs(run).unfinished().order_by("pk").select_for_update().values_list("pk", flat=True))
    held = Work.objects.filter(pk__in=unfinished)
    alive = Q(state="running", lease_expires_at__gte=Now())
    held.filter(alive).update(cancel_requested=True)
    held.exclude(alive).update(
        state="cancelled", cancel_requested=True, finished_at=Now(), lease_token=None, lease_expires_at=None
    )
    Run.objects.filter(pk=run.pk, finished_at=None).update(state="cancelled", why="")
    Run.objects.filter(pk=run.pk).update(is_standing=False)
    close_finished()
    log.record("cancel_run", by=by, project=run.project, target=f"{run.critic.name} {run.pk}")


@transaction.atomic
def retry_failed(run: Run, *, by: Any = None) -> int:
    """Failed and cancelled jobs go back into the queue with their attempts forgotten; returns how many."""
    held = Run.objects.select_for_update().get(pk=run.pk)
    again = (
        _jobs(run)
        .filter(state__in=["failed", "cancelled"])
        .update(
            state="paused" if held.state == "paused" else "queued",
            attempts=0,
            cancel_requested=False,
            error="",
            finished_at=None,
        )
    )
    if again:
        _reopen(held)
        log.record("retry_run", by=by, project=run.project, target=f"{run.critic.name} {run.pk}", after=again)
        work.nudge(queue_for(run.critic))
    return again


@transaction.atomic
def extend_run(run: Run, *, by: Any = None) -> int:
    """Jobs for the responses that came since, chosen as the run's own were; returns how many responses."""
    held = Run.objects.select_for_update(of=("self",)).select_related("critic", "project").get(pk=run.pk)
    found = missing(held)
    count = found.count()
    if count:
        runs.add_jobs(held, found)
        _reopen(held)
        log.record("extend_run", by=by, project=run.project, target=f"{run.critic.name} {run.pk}", after=count)
        work.nudge(queue_for(run.critic))
    return count


def missing(run: Run) -> Any:
    """Responses that the run would choose today and has no job for."""
    has_job = Job.objects.filter(run=run.pk).values("response")
    chosen: Any = runs.choose_again(run)
    return Response.objects.filter(pk__in=chosen.values("pk")).exclude(pk__in=has_job)


@transaction.atomic
def stand(run: Run, standing: bool, *, by: Any = None) -> None:
    """Whether new responses get jobs by themselves (housekeeping.py sees to it). A cancelled run stands no more."""
    Run.objects.filter(pk=run.pk).exclude(state="cancelled").update(is_standing=standing)
    log.record("stand_run", by=by, project=run.project, target=f"{run.critic.name} {run.pk}", after=standing)


_CLOSE = """
UPDATE workers_run SET finished_at = clock_timestamp(), why = '',
    state = CASE state WHEN 'cancelled' THEN 'cancelled' ELSE 'done' END,
    seconds = seconds + coalesce(extract(epoch FROM clock_timestamp() - resumed_at), 0), resumed_at = NULL,
    tokens_in = told.tokens_in, tokens_out = told.tokens_out
FROM (
    SELECT run.id, coalesce(sum((job.result->>'tokens_in')::bigint), 0) AS tokens_in,
        coalesce(sum((job.result->>'tokens_out')::bigint), 0) AS tokens_out
    FROM workers_run run JOIN annotations_work job ON job."group" = run.id
    WHERE run.finished_at IS NULL AND NOT EXISTS (
        SELECT FROM annotations_work other
        WHERE other."group" = run.id AND other.state IN ('queued', 'running', 'paused')
    ) GROUP BY run.id
) told
WHERE workers_run.id = told.id AND workers_run.finished_at IS NULL
RETURNING workers_run.id, workers_run.project_id, workers_run.kind, workers_run.state
"""


def close_finished() -> int:
    """Ends each run without an unfinished job; returns how many.

    Any worker may call it at any time: whoever commits a run's last job sees all others finished, and a second call
    finds the run closed. What a killed worker left open is closed by the next one's look.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE)
            closed = cursor.fetchall()
        for run, project, kind, state in closed:
            webhooks.announce("run.finished", project, {"run": str(run), "kind": kind, "state": state})
    return len(closed)


def _reopen(held: Run) -> None:
    """A run that had ended runs again; one that is paused stays so."""
    if held.state not in ("running", "paused"):
        Run.objects.filter(pk=held.pk).update(state="running", finished_at=None, resumed_at=Now())


def _jobs(run: Run) -> WorkQuerySet:
    return Work.objects.filter(group=run.pk)
