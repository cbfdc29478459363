"""Names of critic versions: one name each, with a number where a critic changed its model, prompt or settings."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from annotations.core.schema import Author

MOST_SEEN = 10_000  # authors held to be known again


@dataclass(slots=True)
class Versions:
    """Numbers versions of one name in the order in which they are met: `direct`, then `direct (2)`."""

    _names: dict[str, str] = field(default_factory=dict)
    _seen: dict[int, tuple[Author, str]] = field(default_factory=dict)  # by identity: one author has many critiques

    def name(self, author: Author) -> str:
        seen = self._seen.get(id(author))
        if seen is not None and seen[0] is author:
            return seen[1]
        if len(self._seen) >= MOST_SEEN:
            self._seen.clear()
        name = self._name(author)
        self._seen[id(author)] = author, name
        return name

    def _name(self, author: Author) -> str:
        told = json.dumps(
            [author.method, author.engine, author.model, author.prompt_hash, author.settings], sort_keys=True
        )
        identity = f"{author.name}/{hashlib.sha256(told.encode()).hexdigest()}"
        if identity not in self._names:
            earlier = sum(known.startswith(f"{author.name}/") for known in self._names)
            self._names[identity] = author.name if not earlier else f"{author.name} ({earlier + 1})"
        return self._names[identity]
