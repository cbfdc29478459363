"""Critiques: a method of `workers/critics/` reads each response; what it wrote is stored as anybody's critique is."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

from django.utils import timezone

from annotations.core.critique_facts import stance
from annotations.core.schema import Critique
from annotations.verbs.store import store_critique
from workers.critics import wrapping
from workers.critics.base import Want
from workers.critics.wrapping import configured
from workers.engines.base import Engine, EngineDescription
from workers.jobs import CriticJob, Loader
from workers.kinds.base import RunKind
from workers.models import Critic


def refusal(critic: Critic, engine: EngineDescription) -> str:
    method, settings = configured(critic.method, critic.settings)
    return wrapping.refusal(method, engine, settings)


def expected_calls(critic: Critic, steps: int, parameters: Mapping[str, Any]) -> int:
    method, settings = configured(critic.method, critic.settings)
    return method.expected_calls(steps, settings)


def wants(critic: Critic) -> tuple[Want[Any], ...]:
    return wrapping.wants_of(*configured(critic.method, critic.settings))


def begin(job: CriticJob, loader: Loader, engine: Engine) -> Coroutine[Any, Any, Critique]:
    chain = job.chain(None if engine.description.sees_images else loader.lines)
    return loader.method(job.critic).critique(chain, engine, seed=job.seed)


def store(job: CriticJob, loader: Loader, made: Critique) -> None:
    now = timezone.now()
    record = replace(
        made,
        author=replace(made.author, name=job.critic.name),
        sample=job.sample,
        started_at=min(job.started_at or now, now),  # a clock that was set back meanwhile
        submitted_at=now,
    )
    loader.check(job, record)
    store_critique(record, job.response, run=job.run.pk)


def tell(made: Critique) -> dict[str, Any]:
    states = {made.answer.state, *(judgment.state for judgment in made.judgments)}
    judged = [judgment for judgment in made.judgments if judgment.state == "judged"]
    return {
        "calls": int(made.costs.get("calls", 0)),
        "tokens_in": int(made.costs.get("tokens_in", 0)),
        "tokens_out": int(made.costs.get("tokens_out", 0)),
        "unparsed": "unparsed" in states,
        "abstained": "abstained" in states,
        "judged": len(judged),
        "flagged": sum(stance(judgment) == "incorrect" for judgment in judged),
    }


KIND = RunKind(
    name="critique",
    title="Critiques",
    help="A critic reads each response and writes a critique.",
    refusal=refusal,
    expected_calls=expected_calls,
    wants=wants,
    begin=begin,
    store=store,
    tell=tell,
)
