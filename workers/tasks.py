"""Celery's side of the worker: one task that nudges, and the worker's own start and stop."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import connection

from annotations.verbs.work import NUDGE
from workers.service import WorkerService

logger = logging.getLogger(__name__)

_services: list[WorkerService] = []  # this process's one, while it is a worker


@shared_task(name=NUDGE, ignore_result=True)
def claim(queue: str) -> None:
    """There is work in the queue. The drain of this process does it; the message is done at once."""
    for service in _services:
        service.nudge(queue)


@worker_init.connect
def reach_database(**_: Any) -> None:
    """Before the broker is asked for anything: an embedded database starts with its first connection."""
    connection.ensure_connection()
    connection.close()


@worker_ready.connect
def start(sender: Any, **_: Any) -> None:
    if "prefork" in sender.pool.__module__:
        logger.warning(
            "Start the worker with --pool solo: with this pool its nudges go unheard, and it looks by itself."
        )
    service = WorkerService(
        sender.hostname,
        sender.app.amqp.queues.consume_from,
        lease_seconds=settings.WORK_LEASE_SECONDS,
        look_seconds=settings.WORK_LOOK_SECONDS,
        models_folder=settings.MODELS_FOLDER,
        models=settings.CRITIC_MODELS,
    )
    _services.append(service)
    service.start()


@worker_shutting_down.connect
def stop(**_: Any) -> None:
    for service in _services:
        service.stop()


@worker_shutdown.connect
def close(**_: Any) -> None:
    while _services:
        _services.pop().close()
