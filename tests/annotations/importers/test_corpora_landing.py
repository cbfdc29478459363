"""Every sample lands in the database whole, and lands once however often it is imported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from annotations.importers.base import Source, formats
from annotations.models import Critique, Response
from annotations.verbs.intake import take_in
from tests.annotations.importers.test_corpora import SAMPLES
from tests.builders import a_project
from tests.samples import sample


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("format", "path", "responses", "critiques"),
    [(row[0], row[1], row[3], row[4]) for row in SAMPLES],
    ids=[row[1] for row in SAMPLES],
)
def test_a_sample_lands_once(format: str, path: str, responses: int, critiques: int, tmp_path: Path) -> None:
    project, found = a_project(), sample(path)
    folder = mulberrys_folder(found, tmp_path) if format == "mulberry" else found.parent
    for _ in range(2):
        with found.open("rb") as file:
            taken = take_in(project, Source(file), formats()[format], on_error="stop", folder=folder)
    assert not any(taken.counts.added.values())
    assert Response.objects.filter(project=project).count() == responses
    assert Critique.objects.filter(project=project).count() == critiques


def mulberrys_folder(found: Path, folder: Path) -> Path:
    """The sample's images lie flat; the records name them by the folders that they had."""
    for line in found.read_text().splitlines():
        path = Path(json.loads(line)["image"])
        flat = found.parent / "images" / "_".join(path.parts)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(flat if flat.exists() else found.parent / "images" / path.name, folder / path)
    return folder
