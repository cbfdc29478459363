"""Runs: choose responses, start, cancel, retry, close. Page, API and shell call these; workers do the jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
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
from workers.kinds.base import Place, kind_named
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
    kind: str = "critique",
    parameters: dict[str, Any] | None = None,
    samples: int = 1,
    seed: int = 0,
    priority: int = 0,
    nudge: bool = True,
) -> Run:
    """The jobs of one run, all rows by COPY. `parameters` are its kind's, checked here.

    Raises ValueError where there is nothing to do, or where a parameter is wrong; KeyError for an unknown kind.
    """
    if not 1 <= samples <= MAX_SAMPLES:
        raise ValueError(f"samples: expected 1 to {MAX_SAMPLES}, found {samples}")
    try:
        checked = asdict(kind_named(kind).parameters(**(parameters or {})))
    except TypeError as unknown:
        raise ValueError(f"parameters of {kind}: {unknown}") from unknown
    run = Run.objects.create(
        project_id=critic.project_id,
        critic=critic,
        kind=kind,
        parameters=checked,
        samples=samples,
        seed=seed,
        priority=priority,
        job_count=0,
        resumed_at=Now(),
        created_by=_account(by),
    )
    if not _add_jobs(run, responses):
        raise ValueError(
            _("responses: expected at least one of this project, found none. Choose others, or import some.")
        )
    log.record("start_run", by=by, project=critic.project, target=f"{critic.name} {run.pk}", after=run.job_count)
    if nudge:
        work.nudge(QUEUE)
    return run


def _add_jobs(run: Run, responses: QuerySet[Response]) -> int:
    """A job for each place and sample, in the order of the responses; returns how many."""
    ids = list(responses.filter(project=run.project_id).order_by("position", "id").values_list("pk", flat=True))
    places = [(place, sample) for place in kind_named(run.kind).places(run, ids) for sample in range(run.samples)]
    keys = sorted(new_id() for _ in places)  # jobs made together are claimed in the order of their keys
    copy_in(Work, (_work(run, key, place) for key, (place, _) in zip(keys, places, strict=True)))
    copy_in(
        Job,
        (
            Job(work_id=key, run_id=run.pk, response_id=place.response_id, part=place.part, sample=sample)
            for key, (place, sample) in zip(keys, places, strict=True)
        ),
    )
    run.job_count += len(places)
    Run.objects.filter(pk=run.pk).update(job_count=run.job_count)
    return len(places)


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


def _work(run: Run, key: UUID, place: Place) -> Work:
    return Work(
        id=key,
        project_id=run.project_id,
        kind=KIND,
        queue=QUEUE,
        group=run.pk,
        parameters=place.parameters,
        priority=run.priority,
        created_by_id=run.created_by_id,
    )


def _account(by: Any) -> Any:
    return by if by is not None and by.pk else None
