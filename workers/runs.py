"""Runs: start, cancel, retry, close, and how far one is. Page, API and shell call these; workers do the jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models import Project, Response, Work
from annotations.models.work import WorkQuerySet
from annotations.verbs import log, work
from annotations.verbs.copying import copy_in
from workers.models import Critic, Job, Run

QUEUE = "critics"
KIND = "critic"
RATE_WINDOW_SECONDS = 60
MAX_SAMPLES = 100


@transaction.atomic
def default_critic(project: Project, *, by: Any = None) -> Critic:
    """The project's critic `direct` on the built-in model, made at the first call."""
    critic, _ = Critic.objects.get_or_create(
        project=project,
        name="direct",
        defaults={"method": "direct", "created_by": _account(by)},
    )
    return critic


@transaction.atomic
def start_run(
    critic: Critic,
    responses: QuerySet[Response],
    *,
    by: Any = None,
    samples: int = 1,
    seed: int = 0,
    priority: int = 0,
    nudge: bool = True,
) -> Run:
    """One job per response and sample, all rows by COPY. Raises ValueError where there is nothing to do."""
    if not 1 <= samples <= MAX_SAMPLES:
        raise ValueError(f"samples: expected 1 to {MAX_SAMPLES}, found {samples}")
    ids = list(responses.filter(project=critic.project_id).order_by("position", "id").values_list("pk", flat=True))
    if not ids:
        raise ValueError("responses: expected at least one of this project, found none. Choose others, or import some.")
    run = Run.objects.create(
        project_id=critic.project_id,
        critic=critic,
        samples=samples,
        seed=seed,
        priority=priority,
        job_count=len(ids) * samples,
        created_by=_account(by),
    )
    keys = sorted(new_id() for _ in range(run.job_count))  # jobs made together are claimed in the order of their keys
    places = [(response, sample) for response in ids for sample in range(samples)]
    copy_in(Work, (_work(run, key) for key in keys))
    copy_in(
        Job,
        (
            Job(work_id=key, run_id=run.pk, response_id=response, sample=sample)
            for key, (response, sample) in zip(keys, places, strict=True)
        ),
    )
    log.record("start_run", by=by, project=critic.project, target=f"{critic.name} {run.pk}", after=run.job_count)
    if nudge:
        work.nudge(QUEUE)
    return run


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
    Run.objects.filter(pk=run.pk, finished_at=None).update(state="cancelled")
    close_finished()
    log.record("cancel_run", by=by, project=run.project, target=f"{run.critic.name} {run.pk}")


@transaction.atomic
def retry_failed(run: Run, *, by: Any = None) -> int:
    """Failed and cancelled jobs go back into the queue with their attempts forgotten; returns how many."""
    Run.objects.select_for_update().get(pk=run.pk)
    again = (
        _jobs(run)
        .filter(state__in=["failed", "cancelled"])
        .update(state="queued", attempts=0, cancel_requested=False, error="", finished_at=None)
    )
    if again:
        Run.objects.filter(pk=run.pk).update(state="running", finished_at=None)
        log.record("retry_run", by=by, project=run.project, target=f"{run.critic.name} {run.pk}", after=again)
        work.nudge(QUEUE)
    return again


_CLOSE = """
UPDATE workers_run SET finished_at = clock_timestamp(), state = CASE state WHEN 'running' THEN 'done' ELSE state END,
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
"""


def close_finished() -> int:
    """Ends each run without an unfinished job; returns how many.

    Any worker may call it at any time: whoever commits a run's last job sees all others finished, and a second call
    finds the run closed. What a killed worker left open is closed by the next one's look.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE)
        return cursor.rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. Rates are of the last minute while it runs, of the whole run once it has ended."""

    queued: int
    running: int
    done: int
    failed: int
    cancelled: int
    unparsed: int  # critiques with a part that did not parse
    tokens_in: int
    tokens_out: int
    tokens_per_second: float | None
    seconds_left: float | None

    @property
    def total(self) -> int:
        return self.unfinished + self.finished

    @property
    def finished(self) -> int:
        return self.done + self.failed + self.cancelled

    @property
    def unfinished(self) -> int:
        return self.queued + self.running


_PROGRESS = """
SELECT count(*) FILTER (WHERE state IN ('queued', 'paused')), count(*) FILTER (WHERE state = 'running'),
    count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'failed'),
    count(*) FILTER (WHERE state = 'cancelled'),
    count(*) FILTER (WHERE state = 'done' AND (result->>'unparsed')::boolean),
    coalesce(sum((result->>'tokens_in')::bigint), 0), coalesce(sum((result->>'tokens_out')::bigint), 0),
    count(*) FILTER (WHERE recent AND state IN ('done', 'failed')),
    coalesce(sum((result->>'tokens_out')::bigint) FILTER (WHERE recent), 0),
    extract(epoch FROM clock_timestamp() - min(started_at)), extract(epoch FROM max(finished_at) - min(started_at))
FROM (
    SELECT *, finished_at > clock_timestamp() - make_interval(secs => %(window)s) AS recent
    FROM annotations_work WHERE "group" = %(run)s
) jobs
"""


def progress(run: Run) -> Progress:
    """By one grouped query over the run's jobs."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, {"run": run.pk, "window": RATE_WINDOW_SECONDS})
        *counts, tokens_in, tokens_out, recent_jobs, recent_tokens, age, lasted = cursor.fetchone()
    queued, running, done, failed, cancelled, unparsed = counts
    if queued + running:
        window = min(RATE_WINDOW_SECONDS, float(age)) if age else 0.0
        tokens_per_second = float(recent_tokens) / window if window and recent_jobs else None
        seconds_left = (queued + running) * window / recent_jobs if recent_jobs else None
    else:
        tokens_per_second = float(tokens_out) / float(lasted) if lasted else None
        seconds_left = None
    return Progress(
        queued=queued,
        running=running,
        done=done,
        failed=failed,
        cancelled=cancelled,
        unparsed=unparsed,
        tokens_in=int(tokens_in),
        tokens_out=int(tokens_out),
        tokens_per_second=tokens_per_second,
        seconds_left=seconds_left,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Failed jobs with the same first line of error; `response` and `trace` are those of one of them."""

    cause: str
    count: int
    response: str
    trace: str


_FAILURES = """
SELECT cause, count(*), min(key), (array_agg(error ORDER BY key))[1] FROM (
    SELECT split_part(job.error, E'\\n', 1) AS cause, job.error, response.key FROM annotations_work job
    JOIN workers_job ON workers_job.work_id = job.id JOIN annotations_response response
        ON response.id = workers_job.response_id
    WHERE job."group" = %s AND job.state = 'failed'
) failed GROUP BY cause ORDER BY count(*) DESC, cause LIMIT 20
"""


def failures(run: Run) -> list[FailureGroup]:
    """Why jobs failed, the commonest cause first."""
    with connection.cursor() as cursor:
        cursor.execute(_FAILURES, [run.pk])
        return [
            FailureGroup(cause=cause, count=count, response=key, trace=error.partition("\n")[2])
            for cause, count, key, error in cursor.fetchall()
        ]


def _jobs(run: Run) -> WorkQuerySet:
    return Work.objects.filter(group=run.pk)


def _work(run: Run, key: UUID) -> Work:
    return Work(
        id=key,
        project_id=run.project_id,
        kind=KIND,
        queue=QUEUE,
        group=run.pk,
        priority=run.priority,
        created_by_id=run.created_by_id,
    )


def _account(by: Any) -> Any:
    return by if by is not None and by.pk else None
