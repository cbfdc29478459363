"""The Celery app: two queues, `io` for imports and publishing, `critics` for what wants a GPU."""

from __future__ import annotations

import os

from celery import Celery
from django.conf import settings
from kombu import Exchange, Queue

QUEUES = ("io", "critics")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "critique_app.settings")
app = Celery("second_look")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Straight to the queue by name. In the database the queues are there already (setup_database), and declaring one again
# would lock it each time that somebody sends.
app.conf.task_queues = [
    Queue(name, Exchange(""), routing_key=name, no_declare=settings.BROKER_IS_DATABASE) for name in QUEUES
]
app.conf.task_default_exchange = ""
app.conf.task_default_exchange_type = "direct"
app.autodiscover_tasks()
app.set_default()
