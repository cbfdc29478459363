"""Models come from safetensors or GGUF on this machine, never from a pickle, and the description says which exactly."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path

import pytest

from workers.engines.base import EngineError, open_engine
from workers.engines.local.loading import load


def test_weights_that_only_come_as_a_pickle_are_refused(tiny_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(EngineError, match=r"pytorch_model\.bin, a pickle"):
        load(folder)


def test_a_pickle_beside_safetensors_is_not_read(tiny_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "both")
    (folder / "pytorch_model.bin").write_bytes(b"not even a pickle")
    assert load(folder).weights == load(tiny_folder).weights


def test_a_name_that_is_no_path_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="not fetched by name"):
        load(tmp_path / "HuggingFaceTB" / "SmolLM2-135M-Instruct")


def test_a_folder_without_weights_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"expected \*\.safetensors"):
        load(tmp_path)


def test_broken_weights_are_an_error_about_the_model(tiny_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(EngineError, match="broken"):
        load(folder)


def test_the_weights_are_named_by_their_hash(tiny_folder: Path) -> None:
    content = (tiny_folder / "model.safetensors").read_bytes()
    assert load(tiny_folder).weights == hashlib.sha256(content).hexdigest()


def test_an_unknown_engine_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="torch_local"):
        asyncio.run(open_engine("torch_remote", "default", models_folder=tmp_path))
