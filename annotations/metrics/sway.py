"""What sways a flag: a logistic regression of flags on properties of the step, for people and for each critic.

log odds(flag) = b₀ + Σ b · property, each property in units of its standard deviation over the steps, so that the
coefficients can be compared. With the reference's label among the properties, what is left of the others is not that
wrong steps are longer or fuller of numbers, but that the author flags such steps.

The fit is penalised maximum likelihood with a small ridge on all but the intercept (`RIDGE`): with few steps a property
may separate flags from passes perfectly, and the plain estimate would be infinite. Intervals are Wald's from the
sandwich covariance clustered by response's problem (Liang & Zeger 1986). statsmodels' `Logit` with `cov_type="cluster"`
is the second opinion in the tests. Source of the question: Dissecting Human and LLM Preferences (METHODS.md row 53).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, ndtri

from annotations.metrics.bootstrap import Figure

Floats = NDArray[np.float64]
RIDGE = 1e-3
FEW_PER_PROPERTY = 5  # flags, and passes, below which nothing is fitted

HEDGES = re.compile(
    r"\b(perhaps|maybe|might|may|could|likely|probably|seems?|appears?|about|approximately|roughly)\b", re.I
)
SEEING = re.compile(
    r"\b(image|picture|chart|graph|diagram|figure|photo|shows?|shown|visible|see|seen|colou?r|left|right|above|below|label)\w*\b",
    re.I,
)
NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Flagged:
    """One judged step: its properties by name, whether it was flagged, and its problem."""

    properties: Mapping[str, float]
    flagged: bool
    group: str


def properties_of(text: str, step: int, steps: int, *, is_wrong: bool | None = None) -> dict[str, float]:
    """Length in code points, place in the chain (0 first, 1 last), numbers, hedging and perception words.

    `is_wrong`, where the reference says it, is a property too.
    """
    numbers, hedging, perception = _words_of(text)
    told = {
        "length": float(len(text)),
        "position": (step - 1) / (steps - 1) if steps > 1 else 0.0,
        "numbers": numbers,
        "hedging": hedging,
        "perception": perception,
    }
    return told if is_wrong is None else told | {"wrong": float(is_wrong)}


@lru_cache(maxsize=1024)
def _words_of(text: str) -> tuple[float, float, float]:
    """Numbers, hedging words and words of seeing; several authors judge the same step one after the other."""
    return float(len(NUMBERS.findall(text))), float(len(HEDGES.findall(text))), float(len(SEEING.findall(text)))


def regression(steps: Sequence[Flagged], *, level: float = 0.95) -> dict[str, Figure]:
    """Property → its coefficient with its interval. Empty where there are too few flags or passes to tell anything.

    A property that is the same in all steps says nothing and is left out. Raises ValueError for differing properties.
    """
    if not steps:
        return {}
    names = list(steps[0].properties)
    if any(list(one.properties) != names for one in steps):
        raise ValueError("expected the same properties of every step")
    flagged = np.asarray([one.flagged for one in steps], dtype=float)
    if min(flagged.sum(), len(flagged) - flagged.sum()) < FEW_PER_PROPERTY * len(names):
        return {}
    raw = np.asarray([[one.properties[name] for name in names] for one in steps])
    spread = raw.std(axis=0)
    kept = [place for place, value in enumerate(spread) if value > 0]
    scaled = (raw[:, kept] - raw[:, kept].mean(axis=0)) / spread[kept]
    design = np.column_stack([np.ones(len(steps)), scaled])
    fitted = fit(design, flagged)
    covariance = clustered_covariance(design, flagged, fitted, [one.group for one in steps])
    errors = np.sqrt(np.diag(covariance))
    half = ndtri(0.5 + level / 2) * errors
    clusters = len({one.group for one in steps})
    return {
        names[place]: Figure(
            value=float(fitted[index]),
            low=float(fitted[index] - half[index]),
            high=float(fitted[index] + half[index]),
            clusters=clusters,
        )
        for index, place in enumerate(kept, 1)
    }


def fit(design: Floats, flagged: Floats, *, ridge: float = RIDGE) -> Floats:
    """(steps, properties) with an intercept first, (steps,) → (properties,)."""
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 0.0

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = design @ weights
        value = np.logaddexp(0, margin).sum() - flagged @ margin + 0.5 * penalty @ weights**2
        return float(value), design.T @ (expit(margin) - flagged) + penalty * weights

    found = minimize(
        loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-9}
    )
    return np.asarray(found.x)


def clustered_covariance(design: Floats, flagged: Floats, weights: Floats, groups: Sequence[str]) -> Floats:
    """Bread · meat · bread, with the factor G/(G − 1) · (n − 1)/(n − k) for few clusters, as statsmodels has it."""
    chance = expit(design @ weights)
    information = (design * (chance * (1 - chance))[:, None]).T @ design
    bread = np.linalg.inv(information + RIDGE * np.diag([0.0, *[1.0] * (design.shape[1] - 1)]))
    scores = design * (flagged - chance)[:, None]
    order: dict[str, int] = {}
    index = np.asarray([order.setdefault(group, len(order)) for group in groups])
    summed = np.zeros((len(order), design.shape[1]))
    np.add.at(summed, index, scores)
    count, steps, width = len(order), *design.shape
    factor = count / (count - 1) * (steps - 1) / (steps - width) if count > 1 else 1.0
    return np.asarray(factor * bread @ (summed.T @ summed) @ bread)
