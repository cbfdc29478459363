"""Makes the scripted engines and kinds known to this process, as if their files lay in `workers/`."""

from __future__ import annotations

from pathlib import Path

import workers.engines
import workers.kinds
from workers.registry import declared_in

HERE = Path(__file__).parent


def enable_scripted_engines() -> None:
    _add(workers.engines.__path__, HERE / "scripted_engines")


def enable_scripted_kinds() -> None:
    _add(workers.kinds.__path__, HERE / "scripted_kinds")


def _add(folders: list[str], folder: Path) -> None:
    if str(folder) not in folders:
        folders.append(str(folder))
        declared_in.cache_clear()
