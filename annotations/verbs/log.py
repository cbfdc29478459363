"""The log of who did what: one line per verb that changes rules, roles, references or data."""

from __future__ import annotations

from typing import Any

from annotations.models import LogEntry, Project


def record(
    verb: str, *, by: Any, project: Project | None, target: str = "", before: Any = None, after: Any = None
) -> None:
    """Call inside the verb's own transaction, so that the line stands exactly when the change does."""
    actor = by if by is not None and by.pk else None
    LogEntry.objects.create(
        actor=actor,
        project_id=project.pk if project else None,
        verb=verb,
        target=target[:200],
        before=before,
        after=after,
    )
