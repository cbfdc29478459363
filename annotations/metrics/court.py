"""What the court says of each author: precision, nitpicks, hallucinations, and recall of what is really there.

Every finding on a response that both people and critics judged has a status. `both`: people and critics have it, so it
was never disputed and counts as real. The others went to court: `real`, `nitpick`, `wrong` (nothing is there),
`duplicate` (of another finding), `cannot_tell`, or `open` while rulings are missing or no two of three judges agree.

- precision = (both + real) ÷ decided, with decided = both + real + nitpick + wrong + duplicate
- nitpick rate = nitpick ÷ decided; hallucination rate = wrong ÷ decided
- court precision = real ÷ (real + nitpick + wrong + duplicate): of what the other side did not have
- recall = found things ÷ all things, where the things of a response are what is `both` or `real`, each counted once
  over all its finders; a duplicate finds what it duplicates
- coverage = decided ÷ findings

Source: CriticGPT's nitpicks and hallucinations (McAleese et al. 2024), as rates of findings instead of critiques.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from annotations.metrics.bootstrap import Counts, Floats, Formula, Sums, ratio

Status = Literal["both", "real", "nitpick", "wrong", "duplicate", "cannot_tell", "open"]
STATUSES: tuple[Status, ...] = ("both", "real", "nitpick", "wrong", "duplicate", "cannot_tell", "open")
REAL = frozenset({"both", "real"})
COLUMNS = (*STATUSES, "things", "things_found")


@dataclass(frozen=True, slots=True)
class Found:
    """One finding; `thing` says which findings of the response are of the same thing, a duplicate's is its other's."""

    author: str
    status: Status
    thing: int


@dataclass(frozen=True, slots=True)
class Tried:
    """A response with all that was found in it, and who judged it; `group` is what is resampled: the problem."""

    found: tuple[Found, ...]
    authors: frozenset[str]
    group: str = ""


def counts(responses: Iterable[Tried], author: str) -> Counts:
    """One row a response that this author judged."""
    judged = [one for one in responses if author in one.authors]
    return Counts.of(
        COLUMNS,
        [_row(one, author) for one in judged],
        clusters=[one.group or str(number) for number, one in enumerate(judged)],
    )


def _row(tried: Tried, author: str) -> list[float]:
    mine = [one for one in tried.found if one.author == author]
    held = Counter(one.status for one in mine)
    things = {one.thing for one in tried.found if one.status in REAL}
    found = {one.thing for one in mine} & things
    return [*(float(held[status]) for status in STATUSES), float(len(things)), float(len(found))]


def _decided(sums: Sums) -> Floats:
    return sums["both"] + _ruled(sums)


def _ruled(sums: Sums) -> Floats:
    return sums["real"] + sums["nitpick"] + sums["wrong"] + sums["duplicate"]


def _all(sums: Sums) -> Floats:
    return _decided(sums) + sums["cannot_tell"] + sums["open"]


FORMULAS: Mapping[str, Formula] = {
    "precision": lambda sums: ratio(sums["both"] + sums["real"], _decided(sums)),
    "court_precision": lambda sums: ratio(sums["real"], _ruled(sums)),
    "nitpick_rate": lambda sums: ratio(sums["nitpick"], _decided(sums)),
    "hallucination_rate": lambda sums: ratio(sums["wrong"], _decided(sums)),
    "recall": lambda sums: ratio(sums["things_found"], sums["things"]),
    "coverage": lambda sums: ratio(_decided(sums), _all(sums)),
}
