"""A project's own versions of prompts: written, never changed; the files stand for what no project has rewritten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.models import Project
from annotations.verbs import log
from workers import prompts
from workers.models import PromptVersion
from workers.prompts import Prompt, parse_prompt, places, prompt


def names() -> list[str]:
    return sorted(file.stem for file in Path(prompts.__path__[0]).glob("*.txt"))


def in_force(project: UUID, *, at: datetime | None = None) -> Mapping[str, Prompt]:
    """The project's own prompts by name, as of that time. One query."""
    versions = PromptVersion.objects.filter(project=project)
    if at is not None:
        versions = versions.filter(created_at__lte=at)
    latest = versions.order_by("name", "-number").distinct("name")
    return {version.name: parse_prompt(version.name, version.text.encode()) for version in latest}


def check(name: str, text: str) -> Prompt:
    """The prompt that this text would be. Raises ValueError that says what is wrong.

    It must have the places of the file's, each at least once: what a method has to say has to stand somewhere.
    """
    proposed, shipped = parse_prompt(name, text.encode()), prompt(name)
    if proposed.turns[-1][0] != "user":
        raise ValueError(f"prompt {name}: expected == user == as the last turn, found == {proposed.turns[-1][0]} ==")
    asked, offered = places(proposed), places(shipped)
    if unknown := sorted(asked - offered):
        raise ValueError(
            f"prompt {name}: expected places among ${', $'.join(sorted(offered))}, found ${', $'.join(unknown)}"
        )
    if missing := sorted(offered - asked):
        raise ValueError(f"prompt {name}: expected the place ${', $'.join(missing)} in it, found it nowhere")
    return proposed


@transaction.atomic
def write_version(project: Project, name: str, text: str, *, by: Any = None) -> PromptVersion:
    """The next version of a project's prompt, in force for runs that start from now on. Raises ValueError."""
    text = text.replace("\r\n", "\n")
    proposed = check(name, text)
    Project.objects.select_for_update().get(pk=project.pk)
    before = PromptVersion.objects.filter(project=project, name=name).first()
    if proposed.hash == (before.hash if before else prompt(name).hash):
        raise ValueError(f"prompt {name}: expected a change, found the text that is in force")
    version = PromptVersion.objects.create(
        project=project,
        name=name,
        number=before.number + 1 if before else 1,
        text=text,
        hash=proposed.hash,
        created_by=by if by is not None and by.pk else None,
    )
    log.record("write_prompt", by=by, project=project, target=f"{name} {version.number}", after=version.hash)
    return version
