"""What a publication has written so far: files in a folder of this machine, and what is told of them.

A draft is saved once its files are whole. A worker that is killed while it stores them leaves it behind, and whoever
takes the work over on the same machine goes on storing; elsewhere, or before that, a publication begins anew, since a
version is one state of the database and that state is gone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from annotations.models import Work
from annotations.verbs.row_index import Entries
from annotations.verbs.snapshot_folder import SnapshotFolder

SAVED = "draft.json"
INDEX = "rows.npy"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """`path` is its name in the draft's folder; `columns` are empty for what is no table; `rows` None: no data."""

    name: str
    path: str
    media_type: str
    byte_size: int
    rows: int | None
    sha256: str
    critic: Mapping[str, Any] | None = None
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`facts` are the parts of the manifest that follow from what was read; `indexed` the files of the row index."""

    folder: Path
    files: tuple[DraftFile, ...]
    facts: Mapping[str, Any]
    indexed: tuple[str, ...]

    @property
    def rows(self) -> int:
        return sum(file.rows or 0 for file in self.files)

    def index(self) -> Entries:
        return np.load(self.folder / INDEX, allow_pickle=False)


def folder_of(job: Work) -> Path:
    return Path(settings.PUBLISHING_FOLDER) / str(job.pk)


def empty_folder(job: Work) -> Path:
    folder = folder_of(job)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    return folder


def save(folder: Path, written: SnapshotFolder, facts: Mapping[str, Any]) -> Draft:
    """Whole or not at all: the last thing that happens is a rename."""
    files = tuple(
        DraftFile(
            name=file.name,
            path=file.path.name,
            media_type=file.media_type,
            byte_size=file.byte_size,
            rows=file.rows,
            sha256=file.digest.hexdigest(),
            critic=asdict(file.critic) if file.critic else None,
            columns=file.columns,
        )
        for file in written.written()
    )
    with (folder / INDEX).open("wb") as out:
        np.save(out, written.index.entries(), allow_pickle=False)
    draft = Draft(folder=folder, files=files, facts=facts, indexed=tuple(written.index.files))
    told = {"files": [asdict(file) for file in files], "facts": facts, "indexed": draft.indexed}
    half = folder / f"{SAVED}.half"
    half.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    half.rename(folder / SAVED)
    return draft


def load(job: Work) -> Draft | None:
    """The draft that an earlier attempt left on this machine, if every file of it is as it was written."""
    folder = folder_of(job)
    if not (folder / SAVED).exists():
        return None
    told = json.loads((folder / SAVED).read_text(encoding="utf-8"))
    files = tuple(DraftFile(**file) for file in told["files"])
    for file in files:
        path = folder / file.path
        if not path.exists():
            return None
        with path.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != file.sha256:
                return None
    return Draft(folder=folder, files=files, facts=told["facts"], indexed=tuple(told["indexed"]))


def remove(job: Work) -> None:
    shutil.rmtree(folder_of(job), ignore_errors=True)


def remove_abandoned() -> None:
    """Folders on this machine of publications that nobody works on any more."""
    root = Path(settings.PUBLISHING_FOLDER)
    folders = {folder.name: folder for folder in root.iterdir()} if root.exists() else {}
    alive = {str(pk) for pk in Work.objects.unfinished().filter(pk__in=list(folders)).values_list("pk", flat=True)}
    for name, folder in folders.items():
        if name not in alive:
            shutil.rmtree(folder, ignore_errors=True)
