"""The three brokers, each as a worker and the web server would use it: where to send, what to lose."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from celery import Celery
from django.db import connection
from kombu import Exchange, Queue

from annotations.verbs import work
from workers.queues import CRITICS

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/7")
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")


@dataclass(frozen=True)
class Broker:
    """`url` is what CELERY_BROKER_URL would hold; empty for the embedded one."""

    name: str
    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {"CELERY_BROKER_URL": self.url} if self.url else {}

    def missing(self) -> str:
        """Why it cannot be used here; empty if it can."""
        if not self.url:
            return ""
        try:
            with self.app.connection_for_write() as there:
                there.ensure_connection(max_retries=1, timeout=3)
        except Exception as error:  # noqa: BLE001  whatever it says, it is not there
            where = self.url.rpartition("@")[2]
            return f"no {self.name} at {where} ({error}); start one, or set TEST_{self.name.upper()}_URL"
        return ""

    @property
    def app(self) -> Any:
        return _app(self.url)

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What this process sends goes there."""
        if self.url:
            monkeypatch.setattr(work, "current_app", self.app)

    def send(self, times: int = 1, *, after_seconds: float | None = None) -> None:
        """Nudges, at once or held back by a worker until so many seconds have passed."""
        app = self.app if self.url else work.current_app
        for _ in range(times):
            app.send_task(work.NUDGE, args=[CRITICS], queue=CRITICS, ignore_result=True, countdown=after_seconds)

    def purge(self) -> None:
        """All messages are lost."""
        if not self.url:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pgmq.purge_queue(%s)", [CRITICS])
            return
        with self.app.connection_for_write() as there, there.channel() as channel:
            channel.queue_declare(CRITICS, durable=True, auto_delete=False) if self.name == "rabbitmq" else None
            channel.queue_purge(CRITICS)


@cache
def _app(url: str) -> Celery:
    app = Celery("faults", broker=url, set_as_current=False)
    app.conf.task_queues = [Queue(CRITICS, Exchange(""), routing_key=CRITICS)]
    app.conf.task_default_exchange, app.conf.task_default_exchange_type = "", "direct"
    app.conf.task_default_queue = CRITICS
    return app


BROKERS = (Broker("embedded"), Broker("redis", REDIS), Broker("rabbitmq", RABBITMQ))
