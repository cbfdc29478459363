"""What a critic scores that knows nothing: to be printed beside every score.

Each is the expectation of a critic that flags by rule or by coin, from the reference's counts alone (the columns of
`visco.counts`, so they have intervals too). Seventeen of VISCO's 27 critics lie below "flag everything" on answers and
steps alike. Source: METHODS.md 1.4.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from annotations.metrics.bootstrap import Floats, Formula, Sums, ratio
from annotations.metrics.visco import f1


def _of(known: str, wrong: str, rate: float | None) -> Formula:
    """F1 of flagging each with the same probability; None: with the reference's own rate."""

    def formula(sums: Sums) -> Floats:
        probability = ratio(sums[wrong], sums[known]) if rate is None else np.asarray(rate)
        return f1(sums[wrong] * probability, sums[known] * probability, sums[wrong])

    return formula


def _wrong_chains(sums: Sums) -> Floats:
    return f1(sums["wrong_steps_of_wrong"], sums["steps_of_wrong"], sums["steps_wrong"])


ANSWERS: Mapping[str, Formula] = {
    "flag everything": _of("answers_given", "answers_wrong", 1.0),
    "flag nothing": _of("answers_given", "answers_wrong", 0.0),
    "fair coin": _of("answers_given", "answers_wrong", 0.5),
    "coin at the reference rate": _of("answers_given", "answers_wrong", None),
}
STEPS: Mapping[str, Formula] = {
    "flag everything": _of("steps_given", "steps_wrong", 1.0),
    "flag nothing": _of("steps_given", "steps_wrong", 0.0),
    "fair coin": _of("steps_given", "steps_wrong", 0.5),
    "coin at the reference rate": _of("steps_given", "steps_wrong", None),
    "every step of a wrong answer's chain (needs gold)": _wrong_chains,
}
