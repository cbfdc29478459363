"""How far a run is, and why jobs of it failed: each one query over the rows of its jobs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from annotations.models import Work
from annotations.models.work import FINISHED
from workers.models import Run

RATE_WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. Rates are of the last minute in which jobs ended, or of the whole run."""

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
        # Where nothing ended within the last minute, the whole time tells more.
        window = min(RATE_WINDOW_SECONDS, float(age or 0)) if recent_jobs else float(age or 0)
        jobs, tokens = (recent_jobs, recent_tokens) if recent_jobs else (done + failed, tokens_out)
        tokens_per_second = float(tokens) / window if window and jobs else None
        seconds_left = (queued + running) * window / jobs if jobs else None
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


def in_words(seconds: float | None) -> str:
    """About how long: "40 s", "12 min", "3 h"; empty if nobody can know."""
    if seconds is None:
        return ""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def finished_counts(of: Iterable[Run]) -> dict[UUID, dict[str, int]]:
    """For each run with jobs: how many are done, failed and cancelled. One query for all."""
    counts = {state: Count("pk", filter=Q(state=state)) for state in FINISHED}
    rows = Work.objects.filter(group__in=[run.pk for run in of]).order_by().values("group").annotate(**counts)
    return {
        group: dict(zip(FINISHED, numbers, strict=True)) for group, *numbers in rows.values_list("group", *FINISHED)
    }


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
