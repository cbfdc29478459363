"""Routing: a queue of rows per engine and model, so that a worker loads a model once.

A worker that serves `critics` takes from all of them, one at a time: the most urgent first, then the one whose model it
has loaded, then the oldest. A worker told by CRITIC_MODELS serves those models alone. Celery's own queue is `critics`
for all: a message that reaches a worker which does not serve its row's queue costs the right one a look.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from workers.models import Critic, Run, Worker

CRITICS = "critics"


def queue_of(engine: str, model: str) -> str:
    """At most 40 characters: the model's own name, cut, and what tells it from others of that name."""
    name = re.sub(r"[^\w.-]", "-", model.rstrip("/").rpartition("/")[2])[:20]
    digest = hashlib.sha256(f"{engine}/{model}".encode()).hexdigest()[:8]
    return f"{CRITICS}:{name}-{digest}"


def queue_for(critic: Critic) -> str:
    return queue_of(critic.engine, critic.model)


def served_models(models: Iterable[str]) -> tuple[str, ...]:
    """The queues of models as CRITIC_MODELS names them, `ENGINE=MODEL` each. Raises ValueError."""
    served = []
    for named in models:
        engine, sign, model = named.partition("=")
        if not (engine and sign and model):
            raise ValueError(f"CRITIC_MODELS: expected ENGINE=MODEL, such as torch_local=default, found {named!r}")
        served.append(queue_of(engine.strip(), model.strip()))
    return tuple(served)


def serves(worker: Worker, queue: str) -> bool:
    return bool({CRITICS, queue} & set(worker.queues.split(", ")))


@dataclass(frozen=True, slots=True)
class Head:
    """The most urgent claimable row of a queue."""

    queue: str
    priority: int
    created_at: datetime


_HEADS = """
SELECT lane.queue, head.priority, head.created_at FROM unnest(%s::text[]) AS lane(queue), LATERAL (
    (SELECT priority, created_at FROM annotations_work WHERE queue = lane.queue AND state = 'queued'
        AND (%s::uuid IS NULL OR "group" = %s) ORDER BY priority DESC, created_at, id LIMIT 1)
    UNION ALL
    (SELECT priority, created_at FROM annotations_work WHERE queue = lane.queue AND state = 'running'
        AND lease_expires_at < clock_timestamp() AND (%s::uuid IS NULL OR "group" = %s) LIMIT 1)
) head
"""


def heads(served: Iterable[str], group: UUID | None = None) -> list[Head]:
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [list(served), group, group, group, group])
        return [Head(*row) for row in cursor.fetchall()]


def open_queues() -> tuple[str, ...]:
    """Those of the runs that have not ended, and the one that everything lay in before there were several."""
    critics = Run.objects.filter(finished_at=None).order_by().values_list("critic__engine", "critic__model").distinct()
    return (CRITICS, *(queue_of(engine, model) for engine, model in critics))


def next_queue(served: str, *, loaded: str = "", group: UUID | None = None) -> str | None:
    """Where to claim next; None where nothing waits. `loaded` is the queue of the model in memory."""
    candidates = heads(open_queues() if served == CRITICS else (served,), group)
    if not candidates:
        return None
    return min(candidates, key=lambda head: (-head.priority, head.queue != loaded, head.created_at)).queue
