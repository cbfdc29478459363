"""Names of critic versions: one name each, with a number where a critic changed its model, prompt or settings."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from annotations.core.schema import Author


@dataclass(slots=True)
class Versions:
    """Numbers versions of one name in the order in which they are met: `direct`, then `direct (2)`."""

    _names: dict[str, str] = field(default_factory=dict)

    def name(self, author: Author) -> str:
        told = json.dumps(
            [author.method, author.engine, author.model, author.prompt_hash, author.settings], sort_keys=True
        )
        identity = f"{author.name}/{hashlib.sha256(told.encode()).hexdigest()}"
        if identity not in self._names:
            earlier = sum(known.startswith(f"{author.name}/") for known in self._names)
            self._names[identity] = author.name if not earlier else f"{author.name} ({earlier + 1})"
        return self._names[identity]
