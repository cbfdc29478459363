"""What the tests of publishing share: a project from a file, a publication, and its files read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from annotations.models import Dataset, Project, Snapshot
from annotations.verbs.croissant import CROISSANT
from annotations.verbs.dataset_card import CARD
from annotations.verbs.ingest import Recipe as ImportRecipe
from annotations.verbs.ingest import import_here
from annotations.verbs.publish import Recipe, publish_here
from annotations.verbs.publish_draft import INDEX
from tests.builders import a_project


def imported(path: Path, *, format: str = "native", project: Project | None = None, **recipe: Any) -> Project:
    """A project with what the file holds; fails where a record was bad."""
    project = project or a_project(names_leave=True)
    output = recipe.pop("critic_output", None)
    work = import_here(
        project, path, ImportRecipe(format=format, critic_output=output is not None, **recipe), critic_output=output
    )
    assert (work.state, work.result["errors"] if work.result else None) == ("done", []), work.error
    return project


def a_snapshot(project: Project, format: str = "native", *, name: str | None = None, **recipe: Any) -> Snapshot:
    return publish_here(project, Recipe(name=name or f"{project.slug}-{format}", format=format, **recipe))


def content(snapshot: Snapshot, name: str = "data.jsonl") -> bytes:
    with default_storage.open(snapshot.files.get(name=name).storage_key) as file:
        return file.read()


def rows(snapshot: Snapshot, name: str = "data.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in content(snapshot, name).splitlines()]


def data_files() -> list[str]:
    """The same without what is stored beside the rows of each version."""
    beside = (CARD, CROISSANT, INDEX)
    return [file for file in stored_files() if Path(file).name not in beside]


def stored_files(dataset: Dataset | None = None) -> list[str]:
    """Every file that publications have in the storage."""
    root = Path(default_storage.path("datasets"))
    below = root / str(dataset.pk) if dataset else root
    return sorted(str(path.relative_to(root)) for path in below.rglob("*") if path.is_file())
