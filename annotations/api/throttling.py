"""How often a caller may ask. Rates stand in the settings (`DEFAULT_THROTTLE_RATES`), one per scope."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class PersonThrottle(SimpleRateThrottle):
    """All tokens and sessions of a person together. Counted per web process, in its memory: a brake, not a quota."""

    scope = "person"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if not request.user.is_authenticated:
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.user.pk}


class BulkThrottle(PersonThrottle):
    """For calls that carry or fetch much at once."""

    scope = "bulk"
