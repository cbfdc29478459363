"""The project itself as an app: its management commands and system checks."""

from __future__ import annotations

from django.apps import AppConfig


class CritiqueAppConfig(AppConfig):
    name = "critique_app"

    def ready(self) -> None:
        # Registers the checks, and makes the Celery app the one that shared tasks belong to in every process.
        from critique_app import celery, checks  # noqa: F401
