"""What sways a flag: planted biases come back with their sign; statsmodels says the same."""

from __future__ import annotations

import numpy as np
import pytest

from annotations.metrics.sway import Flagged, clustered_covariance, fit, properties_of, regression


def steps(weights: dict[str, float], *, count: int = 1200, seed: int = 3) -> list[Flagged]:
    """Flags drawn from these log odds on standard normal properties, four steps a problem."""
    generator = np.random.default_rng(seed)
    held = generator.normal(size=(count, len(weights)))
    chance = 1 / (1 + np.exp(-(held @ np.asarray(list(weights.values())) - 0.5)))
    return [
        Flagged(dict(zip(weights, row, strict=True)), bool(generator.random() < odds), f"p{number // 4}")
        for number, (row, odds) in enumerate(zip(held.tolist(), chance, strict=True))
    ]


def test_a_planted_bias_comes_back_and_the_rest_stays_near_nothing() -> None:
    found = regression(steps({"length": 0.9, "position": -0.5, "hedging": 0.0}))
    assert found["length"].low is not None and found["length"].low > 0.6
    assert found["position"].high is not None and found["position"].high < -0.25
    hedging = found["hedging"]
    assert hedging.low is not None and hedging.high is not None
    assert hedging.low < 0 < hedging.high
    assert found["length"].clusters == 300


def test_statsmodels_says_the_same() -> None:
    sm = pytest.importorskip("statsmodels.api")
    held = steps({"a": 0.7, "b": -0.3}, count=400)
    design = np.column_stack([np.ones(len(held)), [list(one.properties.values()) for one in held]])
    flagged = np.asarray([one.flagged for one in held], dtype=float)
    groups = [one.group for one in held]
    ours = fit(design, flagged, ridge=0.0)
    numbers = np.unique(groups, return_inverse=True)[1]
    theirs = sm.Logit(flagged, design).fit(disp=0, cov_type="cluster", cov_kwds={"groups": numbers})
    assert ours == pytest.approx(theirs.params, abs=1e-4)
    mine = np.sqrt(np.diag(clustered_covariance(design, flagged, ours, groups)))
    assert mine == pytest.approx(theirs.bse, rel=0.01)


def test_perfect_separation_stays_finite() -> None:
    held = [Flagged({"length": float(number)}, number >= 50, f"p{number}") for number in range(100)]
    value = regression(held)["length"].value
    assert value is not None and 1 < value < 100


def test_too_little_to_tell_anything_tells_nothing() -> None:
    assert regression([]) == {}
    assert regression(steps({"a": 1.0}, count=40)[:6]) == {}
    same = [Flagged({"a": 1.0, "b": float(n % 7)}, n % 3 == 0, f"p{n}") for n in range(120)]
    assert set(regression(same)) == {"b"}
    with pytest.raises(ValueError, match="same properties"):
        regression([*same, Flagged({"a": 1.0}, True, "p")])


def test_properties_by_hand() -> None:
    text = "The chart shows 1,204 units, perhaps 31.9 % more."
    told = properties_of(text, 2, 3, is_wrong=True)
    assert told == {"length": len(text), "position": 0.5, "numbers": 2, "hedging": 1, "perception": 2, "wrong": 1}
    assert properties_of("", 1, 1) == {"length": 0, "position": 0, "numbers": 0, "hedging": 0, "perception": 0}
