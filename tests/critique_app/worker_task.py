"""A task for the tests of the broker: it writes to a file that it ran."""

from __future__ import annotations

from pathlib import Path

from celery import shared_task


@shared_task
def note(path: str, word: str) -> None:
    with Path(path).open("a") as file:
        file.write(word + "\n")
