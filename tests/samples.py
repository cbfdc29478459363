"""Real samples, where they are: `../shared/data` beside the repository, or $SECOND_LOOK_SAMPLES. Never part of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("SECOND_LOOK_SAMPLES") or Path(__file__).resolve().parents[2] / "shared" / "data")


def sample(path: str) -> Path:
    """The sample's path; skips the test where it is not there."""
    found = FOLDER / path
    if not found.exists():
        pytest.skip(f"no sample at {found}; set SECOND_LOOK_SAMPLES to the folder that holds {path}")
    return found
