"""The same finding through any number of critiques: what two and more of them say, and what only one does.

`matching.match` pairs the findings of two critiques. Here all pairs of critiques are matched, and the matches are
joined from the likest down, as long as no two findings of one critique come together: a critique's own findings are
different things, whatever a third says between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from annotations.core.matching import DEFAULT_WEIGHTS, Placed, Weights, match

Member = tuple[int, int]  # which critique, which of its findings; both from 0
Group = tuple[Member, ...]


def join(critiques: Sequence[Sequence[Placed]], weights: Weights = DEFAULT_WEIGHTS) -> tuple[Group, ...]:
    """Every finding in exactly one group, by itself where nothing matches it; groups in the order of first members."""
    group: dict[Member, set[Member]] = {
        (number, place): {(number, place)} for number, held in enumerate(critiques) for place in range(len(held))
    }
    for _, one, other in _likest_first(critiques, weights):
        here, there = group[one], group[other]
        if here is there or {number for number, _ in here} & {number for number, _ in there}:
            continue
        here |= there
        for member in there:
            group[member] = here
    first = {min(members): members for members in group.values()}
    return tuple(tuple(sorted(first[member])) for member in sorted(first))


def _likest_first(critiques: Sequence[Sequence[Placed]], weights: Weights) -> list[tuple[float, Member, Member]]:
    matches = [
        (-found.likeness, (one, found.one), (other, found.other))
        for (one, mine), (other, theirs) in combinations(enumerate(critiques), 2)
        if mine and theirs
        for found in match(mine, theirs, weights).both
    ]
    return sorted(matches)
