"""The example converters write files that the native importer takes, from the real samples."""

from __future__ import annotations

import importlib.util
import io
import shutil
from pathlib import Path
from typing import Any

import pytest

from annotations.importers.base import Source, formats
from annotations.models import Image, Project, Response
from annotations.verbs.intake import Taken, take_in
from tests.builders import a_project
from tests.samples import sample

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def converter(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def imported(project: Project, file: Path) -> Taken:
    source = Source(io.BytesIO(file.read_bytes()))
    return take_in(project, source, formats()["native"], on_error="stop", folder=file.parent)


@pytest.mark.django_db
def test_math_vision_comes_in_with_images_inside(tmp_path):
    written = converter("convert_math_vision").convert(sample("math_vision"), tmp_path / "math.jsonl")
    taken = imported(a_project(), tmp_path / "math.jsonl")
    assert (written, taken.counts.added["problems"], taken.counts.added["responses"]) == (40, 40, 120)
    assert Image.objects.count() == 40
    assert not Response.objects.exclude(segmentations__rule="second-look/1").exists()


@pytest.mark.django_db
def test_mulberry_comes_in_with_images_beside(tmp_path):
    shutil.copytree(sample("mulberry") / "images", tmp_path / "images")
    written = converter("convert_mulberry").convert(sample("mulberry"), tmp_path / "mulberry.jsonl")
    taken = imported(a_project(), tmp_path / "mulberry.jsonl")
    assert (written, taken.counts.added["problems"], taken.counts.added["images"]) == (4, 4, 4)
    first = Response.objects.order_by("position").first()
    assert first is not None and first.generator == "gpt-4o"
    assert first.answer == "C"
    assert first.step_count >= 6
