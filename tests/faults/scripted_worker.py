"""The app's own Celery app, for a worker process that also knows the scripted engines."""

from critique_app.celery import app
from tests.workers.scripting import enable_scripted_engines

enable_scripted_engines()

__all__ = ["app"]
