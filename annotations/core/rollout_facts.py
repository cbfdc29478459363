"""What follows from rollouts: success of a prefix, advantages of steps, difficulty, and pairs of continuations.

A rollout set is N continuations of one prefix, of which `right` and `wrong` were read and the rest `unparsed`. Its
success is right / (right + wrong): what could not be read says nothing. Without a read rollout it is None, never zero;
so is everything that would need it. Intervals of all this are `metrics.rollouts`.

Sources: success of prefixes as the value of a state, and the advantage of a step as its difference (METHODS.md row 55);
difficulty as 1 − pass rate (row 45).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of the continuations of one prefix."""

    right: int
    wrong: int
    unparsed: int = 0

    @property
    def read(self) -> int:
        return self.right + self.wrong

    @property
    def success(self) -> float | None:
        return self.right / self.read if self.read else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.right + other.right, self.wrong + other.wrong, self.unparsed + other.unparsed)


def advantages(tallies: Mapping[int, Tally], steps: int) -> tuple[float | None, ...]:
    """Of each step 1..steps: success from after it minus success from before it.

    tallies: by the number of steps in the prefix, 0 to `steps`. Where a prefix has no rollouts, or none was read, the
    steps on both sides of it are None. They telescope: over known steps i..j they sum to success(j) − success(i − 1).
    """
    values = [tallies[k].success if k in tallies else None for k in range(steps + 1)]
    return tuple(
        None if before is None or after is None else after - before for before, after in itertools.pairwise(values)
    )


def difficulty(tally: Tally | None) -> float | None:
    """1 − the pass rate of whole chains (prefix of no steps); None where nothing was read."""
    rate = tally.success if tally else None
    return None if rate is None else 1 - rate


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """Two continuations of the same prefix, by their places in the set, from 0."""

    chosen: int
    rejected: int


def preference_pairs(outcomes: Sequence[str], *, most: int | None = None) -> tuple[PreferencePair, ...]:
    """Each right rollout beside one wrong one, in order; none is used twice. outcomes: right, wrong or unparsed."""
    right = [place for place, outcome in enumerate(outcomes) if outcome == "right"]
    wrong = [place for place, outcome in enumerate(outcomes) if outcome == "wrong"]
    pairs = [PreferencePair(*pair) for pair in zip(right, wrong, strict=False)]
    return tuple(pairs if most is None else pairs[:most])
