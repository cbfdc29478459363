"""The Celery app: two queues, `io` for imports and publishing, `critics` for what wants a GPU."""

from __future__ import annotations

import os

from celery import Celery
from kombu import Queue

QUEUES = ("io", "critics")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "critique_app.settings")
app = Celery("second_look")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [Queue(name, routing_key=name) for name in QUEUES]
app.conf.task_default_exchange_type = "direct"
app.autodiscover_tasks()
app.set_default()
