"""What a run may cost."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that a run may cost; None has no end. Seconds are those during which it runs, not those of a GPU."""

    calls: int | None = None
    tokens: int | None = None
    seconds: int | None = None

    def __post_init__(self) -> None:
        for name in ("calls", "tokens", "seconds"):
            limit = getattr(self, name)
            if limit is not None and limit < 1:
                raise ValueError(_("budget of %(name)s: expected at least 1, found %(n)s") % {"name": name, "n": limit})
