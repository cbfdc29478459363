"""Models shared by the engine's tests. $SECOND_LOOK_TEST_CACHE keeps the prepared default model between runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.workers.engines.tiny import save_tiny_text_model
from workers.engines.default_model import prepare_default_model


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_text_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the prepared default model; about half a minute where no cache is named."""
    cache = os.environ.get("SECOND_LOOK_TEST_CACHE")
    folder = Path(cache) if cache else tmp_path_factory.mktemp("models")
    prepare_default_model(folder)
    return folder
