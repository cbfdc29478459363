"""Runs: choose responses, start, cancel, retry, close. Page, API and shell call these; workers do the jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotations.core.ids import new_id
from annotations.models import Critique, Project, Response, Work
from annotations.models.work import WorkQuerySet
from annotations.verbs import log, work
from annotations.verbs.copying import copy_in
from workers.models import Critic, Job, Run

QUEUE = "critics"
KIND = "critic"
MAX_SAMPLES = 100
BUILT_IN = "direct"  # the critic that every project has as soon as it is asked for


def critic_named(project: Project, name: str, *, by: Any = None) -> Critic:
    """The project's critic of that name; `direct`, on the built-in model, is made at the first call.

    Raises Critic.DoesNotExist, naming those that there are.
    """
    if name == BUILT_IN:
        critic, _ = Critic.objects.get_or_create(
            project=project, name=name, defaults={"method": "direct", "created_by": _account(by)}
        )
        return critic
    found = Critic.objects.filter(project=project, name=name).first()
    if found is None:
        there = Critic.objects.filter(project=project).values_list("name", flat=True)
        raise Critic.DoesNotExist(f"expected one of {', '.join(sorted({*there, BUILT_IN}))}, found {name}")
    return found


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
        raise ValueError(
            _("responses: expected at least one of this project, found none. Choose others, or import some.")
        )
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


def choose(critic: Critic, which: str = "all", keys: Sequence[str] = ()) -> QuerySet[Response]:
    """The project's responses: "all", "new" (without a critique of this critic), or by "keys".

    Raises ValueError for keys that no response has.
    """
    responses = Response.objects.filter(project=critic.project_id)
    if which == "new":
        own = Critique.objects.filter(response=OuterRef("pk"), author__kind="critic", author__name=critic.name)
        return responses.filter(~Exists(own))
    if which == "keys":
        found = responses.filter(key__in=keys)
        if missing := sorted(set(keys) - set(found.values_list("key", flat=True))):
            raise ValueError(
                _("responses: expected keys of this project, found %(keys)s, which none has.")
                % {"keys": ", ".join(missing[:5])}
            )
        return found
    return responses


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
