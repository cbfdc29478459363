"""What a run will cost, before it starts: calls from its method, tokens and seconds from what was measured here.

Rates are those of the last finished runs of the same method, engine and model. Where there are none, tokens are a guess
from the length of the texts, which the page calls a guess, and seconds are nobody's to know.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Avg, Count, QuerySet
from django.db.models.functions import Length

from annotations.models import Response
from workers.kinds.base import RunKind, kind_named
from workers.models import Critic, Run

RUNS_MEASURED = 5
PROMPT_TOKENS = 500  # of a call's instructions
REPLY_TOKENS = 200  # of a call's answer
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class PerJob:
    calls: float
    tokens: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Calls are a method's most. `seconds` is None, and `is_measured` false, where nothing like it has run here."""

    responses: int
    jobs: int
    calls: int
    tokens: int
    seconds: float | None
    is_measured: bool


@dataclass(frozen=True, slots=True)
class Rates:
    """Means of a job, of the last runs that ended; seconds are a run's, divided by its jobs."""

    calls: float
    tokens: float
    seconds: float


_RATES = """
SELECT avg((job.result->>'calls')::float), avg((job.result->>'tokens_in')::float + (job.result->>'tokens_out')::float),
    sum(lasted.seconds_per_job) / count(*)
FROM (
    SELECT run.id, run.seconds / nullif(run.job_count, 0) AS seconds_per_job FROM workers_run run
    JOIN workers_critic critic ON critic.id = run.critic_id
    WHERE run.state = 'done' AND run.seconds > 0 AND run.kind = %(kind)s AND critic.method = %(method)s
        AND critic.engine = %(engine)s AND critic.model = %(model)s AND critic.settings = %(settings)s::jsonb
        AND run.parameters @> %(alike)s::jsonb
    ORDER BY run.finished_at DESC LIMIT %(most)s
) lasted
JOIN annotations_work job ON job."group" = lasted.id AND job.state = 'done' AND job.result ? 'calls'
"""


def measured(critic: Critic, kind: str, parameters: Mapping[str, Any]) -> Rates | None:
    """By one query over the jobs of the last runs that ended with these settings, in any project."""
    alike = {name: parameters[name] for name in kind_named(kind).costs_by}
    with connection.cursor() as cursor:
        cursor.execute(
            _RATES,
            {
                "kind": kind, "method": critic.method, "engine": critic.engine, "model": critic.model,
                "settings": json.dumps(critic.settings), "alike": json.dumps(alike), "most": RUNS_MEASURED,
            },
        )  # fmt: skip
        calls, tokens, seconds = cursor.fetchone()
    return None if calls is None else Rates(float(calls), float(tokens), float(seconds))


def estimate(
    critic: Critic,
    responses: QuerySet[Response],
    *,
    samples: int,
    kind: str = "critique",
    parameters: Mapping[str, Any] | None = None,
) -> Estimate:
    """Raises what the critic's method and the kind raise for their settings and parameters."""
    of_kind = kind_named(kind)
    whole = asdict(of_kind.parameters(**(parameters or {})))
    counts = list(responses.order_by().values("step_count").annotate(n=Count("pk")).values_list("step_count", "n"))
    number = sum(n for _, n in counts)
    each = samples * _places_per_response(of_kind, critic, responses, whole)
    calls = sum(of_kind.expected_calls(critic, steps, whole) * n for steps, n in counts) * each
    rates = measured(critic, kind, whole)
    jobs = round(number * each)
    tokens = calls * _guess(_mean_characters(responses)) if rates is None else jobs * rates.tokens
    return Estimate(
        responses=number,
        jobs=jobs,
        calls=round(calls),
        tokens=round(tokens),
        seconds=None if rates is None else jobs * rates.seconds,
        is_measured=rates is not None,
    )


def per_job(run: Run) -> PerJob:
    """What a job of this run is expected to cost, until one has ended."""
    return _per_job(run.pk)


@lru_cache(maxsize=256)
def _per_job(key: UUID) -> PerJob:
    run = Run.objects.select_related("critic").get(pk=key)
    responses = Response.objects.filter(pk__in=run.jobs.values("response"))
    steps = round(responses.aggregate(mean=Avg("step_count"))["mean"] or 1)
    calls = kind_named(run.kind).expected_calls(run.critic, steps, run.parameters)
    if rates := measured(run.critic, run.kind, run.parameters):
        return PerJob(max(rates.calls, 1), max(rates.tokens, 1))
    return PerJob(calls, calls * _guess(_mean_characters(responses)))


def _guess(characters: float) -> float:
    return PROMPT_TOKENS + characters / CHARACTERS_PER_TOKEN + REPLY_TOKENS


def _mean_characters(responses: QuerySet[Response]) -> float:
    lengths = responses.order_by().annotate(own=Length("source_text"), asked=Length("problem__question"))
    means = lengths.aggregate(own_mean=Avg("own"), asked_mean=Avg("asked"))
    return float(means["own_mean"] or 0) + float(means["asked_mean"] or 0)


def _places_per_response(
    kind: RunKind, critic: Critic, responses: QuerySet[Response], parameters: Mapping[str, Any]
) -> float:
    ids = list(responses.values_list("pk", flat=True)[:200])
    if not ids:
        return 1
    run = Run(project_id=critic.project_id, critic=critic, kind=kind.name, parameters=dict(parameters), job_count=0)
    places: Iterable[Any] = kind.places(run, ids)
    return len(list(places)) / len(ids)
