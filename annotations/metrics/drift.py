"""How somebody works over time, and what gives cause for a talk: numbers and the items that they rest on.

A signal is never a verdict: an expert may be fast, and a batch of good chains is all correct.

- Too fast to have read: fewer active seconds than the chain's words take at READING_WORDS a second. Skimming goes at
  some 12 words a second at most (Rayner et al. 2016, "So much to read, so little time"; silent reading at 4).
- Always the same verdict: in the last SAME_ITEMS items every judged step has one verdict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median

READING_WORDS = 12.0  # a second
SAME_ITEMS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One submitted critique. `agreed` of `shared`: steps that others judged too, and those judged as they did."""

    key: str
    at: datetime
    words: int  # of the chain
    seconds: float | None  # active; None: not measured
    verdicts: tuple[str, ...]  # of the judged steps
    shared: int = 0
    agreed: int = 0


@dataclass(frozen=True, slots=True)
class Week:
    """Shares are None where nothing was judged, or nothing shared."""

    monday: date
    items: int
    seconds_per_step: float | None
    flagged: float | None
    agreement: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    weeks: Sequence[Week]
    too_fast: Sequence[str] = field(default=())  # keys of items, newest first
    always_same: Sequence[str] = field(default=())


def drift(items: Iterable[Item]) -> Drift:
    """Of one person; items in any order."""
    held = sorted(items, key=lambda item: (item.at, item.key))
    by_week: dict[date, list[Item]] = defaultdict(list)
    for item in held:
        by_week[item.at.date() - timedelta(days=item.at.weekday())].append(item)
    fast = [item.key for item in reversed(held) if is_too_fast(item)]
    last = held[-SAME_ITEMS:]
    verdicts = {verdict for item in last for verdict in item.verdicts}
    same = [item.key for item in reversed(last)] if len(last) == SAME_ITEMS and len(verdicts) == 1 else []
    return Drift([_week(monday, by_week[monday]) for monday in sorted(by_week)], fast, same)


def is_too_fast(item: Item) -> bool:
    return item.seconds is not None and item.seconds < item.words / READING_WORDS


def _week(monday: date, items: list[Item]) -> Week:
    paces = [item.seconds / len(item.verdicts) for item in items if item.seconds is not None and item.verdicts]
    verdicts = [verdict for item in items for verdict in item.verdicts]
    shared = sum(item.shared for item in items)
    return Week(
        monday,
        len(items),
        median(paces) if paces else None,
        verdicts.count("incorrect") / len(verdicts) if verdicts else None,
        sum(item.agreed for item in items) / shared if shared else None,
    )
