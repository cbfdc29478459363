"""How much two rankings of the same things agree."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import sqrt


def kendall_tau(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Kendall's tau-b of two lists of scores, from -1 (reversed) to 1 (the same); None where either ranks nothing.

    (C − D) / √((C + D + T₁)(C + D + T₂)), T the pairs tied in one ranking alone. Source: Kendall 1945. Quadratic time.
    """
    agree = differ = tied_in_one = tied_in_other = 0
    for first, second in combinations(range(len(one)), 2):
        left, right = one[first] - one[second], other[first] - other[second]
        if left * right > 0:
            agree += 1
        elif left * right < 0:
            differ += 1
        else:
            tied_in_one += left == 0 and right != 0
            tied_in_other += right == 0 and left != 0
    untied = agree + differ
    below = (untied + tied_in_one) * (untied + tied_in_other)
    return (agree - differ) / sqrt(below) if below else None
