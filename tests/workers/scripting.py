"""Makes the scripted engines known to this process, as if their files lay in `workers/engines`."""

from __future__ import annotations

from pathlib import Path

import workers.engines
from workers.registry import declared_in

FOLDER = Path(__file__).parent / "scripted_engines"


def enable_scripted_engines() -> None:
    if str(FOLDER) not in workers.engines.__path__:
        workers.engines.__path__.append(str(FOLDER))
        declared_in.cache_clear()
