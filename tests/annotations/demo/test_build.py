"""The demo on disk: native JSONL, small pictures, and the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
from PIL import Image

from annotations.core import codec
from annotations.core.schema import Problem, Response
from annotations.core.taxonomy import DEFAULT_TAXONOMY
from annotations.core.validation import check_critique, check_response
from annotations.demo.build import build, guideline


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("demo")
    build(made)
    return made


@pytest.fixture(scope="module")
def problems(folder) -> list[Problem]:
    lines = (folder / "demo.jsonl").read_text(encoding="utf-8").splitlines()
    return [codec.parse(Problem, json.loads(line)) for line in lines]


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _responses(problems: list[Problem]) -> list[tuple[Problem, Response]]:
    return [(problem, response) for problem in problems for response in problem.responses]


def test_the_demo_has_twenty_problems_with_one_chain_of_each_generator(problems):
    assert len(problems) == 20
    for problem in problems:
        chains = [response for response in problem.responses if response.revises is None]
        assert [response.generator for response in chains] == ["lumen-vl-7b", "harrier-vl-34b"]
    assert any(len(problem.images) == 2 for problem in problems)


def test_a_record_comes_back_from_its_line_as_it_went_in(folder, problems):
    lines = (folder / "demo.jsonl").read_text(encoding="utf-8").splitlines()
    assert [codec.dump(problem) for problem in problems] == [json.loads(line) for line in lines]


def test_every_response_and_critique_passes_the_validator_of_the_default_taxonomy(problems):
    for problem, response in _responses(problems):
        assert check_response(response) == []
        for critique in response.critiques:
            errors = check_critique(
                critique,
                response,
                scale=("correct", "incorrect", "neutral", "unsure"),
                taxonomy=DEFAULT_TAXONOMY,
                images=len(problem.images),
                explanation_required=True,
            )
            assert errors == [], critique.key


def test_some_chains_were_corrected_after_a_critique_that_helped_and_one_that_did_not(problems):
    corrections = [response for _, response in _responses(problems) if response.revises]
    guides = {critique.key for _, response in _responses(problems) for critique in response.critiques}
    assert [(response.revises, response.answer) for response in corrections] == [
        ("bicycles-sold.lumen-vl-7b", "29.2 %"),
        ("altitude.lumen-vl-7b", "9.02 cm"),
    ]
    assert {response.guided_by for response in corrections} <= guides


def test_keys_are_unique(problems):
    keys = [problem.key for problem in problems]
    keys += [response.key for _, response in _responses(problems)]
    keys += [critique.key for _, response in _responses(problems) for critique in response.critiques]
    assert len(keys) == len(set(keys))


def test_the_same_seed_gives_the_same_bytes_in_another_process(folder, tmp_path):
    subprocess.run([sys.executable, "-m", "annotations.demo.build", str(tmp_path)], check=True, capture_output=True)
    assert _digests(tmp_path) == _digests(folder)


def test_another_seed_moves_balls_but_changes_no_text_of_a_chain(folder, problems, tmp_path):
    build(tmp_path, seed=8)
    other = [codec.parse(Problem, json.loads(line)) for line in (tmp_path / "demo.jsonl").read_text().splitlines()]
    moved = {path for path, digest in _digests(tmp_path).items() if digest != _digests(folder)[path]}
    assert moved == {"demo.jsonl", "images/balls.png"}
    assert [response.source_text for _, response in _responses(other)] == [
        response.source_text for _, response in _responses(problems)
    ]


def test_the_command_asks_for_a_folder():
    run = subprocess.run([sys.executable, "-m", "annotations.demo.build"], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "FOLDER" in run.stderr


def test_images_are_small_upright_rgb_and_have_the_digest_that_the_record_names(folder, problems):
    for image in chain.from_iterable(problem.images for problem in problems):
        content = (folder / image.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == image.sha256
        assert len(content) < 62_000, image.path
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.size, picture.mode, picture.format) == ((1200, 850), "RGB", "PNG")
        assert image.description


def test_no_picture_is_left_over(folder, problems):
    named = {image.path for problem in problems for image in problem.images}
    assert {str(path.relative_to(folder)) for path in (folder / "images").iterdir()} == named


def test_the_guideline_explains_every_verdict_and_severity():
    text = guideline()
    for word in ("correct", "incorrect", "neutral", "unsure", "cosmetic", "minor", "inherited", "own"):
        assert word in text
