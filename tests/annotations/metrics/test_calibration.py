"""Calibration by hand, against scikit-learn, and its invariances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from annotations.metrics import calibration
from annotations.metrics.bootstrap import figures
from annotations.metrics.calibration import Claim

CLAIMS = st.lists(st.builds(Claim, st.floats(0, 1), st.booleans()), min_size=2, max_size=30)


def scores(claims: list[Claim]) -> dict[str, float]:
    sums = calibration.counts(claims).sums()
    return {name: float(formula(sums)) for name, formula in calibration.formulas().items()}


def test_a_perfectly_calibrated_author_has_ece_0() -> None:
    claims = [Claim(0.75, right) for right in (True, True, True, False)] + [Claim(0.25, n == 0) for n in range(4)]
    assert scores(claims)["ece"] == pytest.approx(0)


def test_ece_and_brier_by_hand() -> None:
    """Bin 0.9: two claims, half right → off by 0.4; bin 0.2: one, right → off by 0.8. ECE = (2·0.4 + 0.8) / 3."""
    found = scores([Claim(0.9, True), Claim(0.9, False), Claim(0.2, True)])
    assert found["ece"] == pytest.approx((2 * 0.4 + 0.8) / 3)
    assert found["brier"] == pytest.approx((0.01 + 0.81 + 0.64) / 3)


def test_certainty_falls_into_the_last_bin() -> None:
    assert scores([Claim(1.0, True)])["ece"] == 0
    assert calibration.reliability([Claim(1.0, True)])[-1].claims == 1


@given(CLAIMS)
def test_brier_is_scikit_learns(claims: list[Claim]) -> None:
    theirs = brier_score_loss([claim.right for claim in claims], [claim.confidence for claim in claims], pos_label=True)
    assert scores(claims)["brier"] == pytest.approx(theirs)


@given(CLAIMS)
def test_auroc_is_scikit_learns(claims: list[Claim]) -> None:
    assume(len({claim.right for claim in claims}) == 2)
    theirs = roc_auc_score([claim.right for claim in claims], [claim.confidence for claim in claims])
    assert calibration.auroc(claims) == pytest.approx(theirs)


def test_auroc_needs_both_kinds() -> None:
    assert calibration.auroc([Claim(0.5, True)]) is None


@given(CLAIMS)
def test_at_full_coverage_the_risk_is_the_base_error(claims: list[Claim]) -> None:
    coverage, risk = calibration.risk_coverage(claims)[-1]
    assert coverage == 1
    assert risk == pytest.approx(np.mean([not claim.right for claim in claims]))


def test_an_oracle_has_a_risk_that_only_rises_and_the_least_area() -> None:
    rights = [True, False, True, True, False]
    oracle = [Claim(0.9 if right else 0.1, right) for right in rights]
    fool = [Claim(0.1 if right else 0.9, right) for right in rights]
    risks = [risk for _, risk in calibration.risk_coverage(oracle)]
    assert risks == sorted(risks)
    assert calibration.aurc(oracle) == pytest.approx(0.4 * 0.4)  # no risk up to 0.6, the base error for the last tie
    assert calibration.aurc(oracle) < calibration.aurc(fool)  # type: ignore[operator]


def test_nothing_claimed_is_undefined() -> None:
    assert math.isnan(scores([])["ece"])
    assert calibration.aurc([]) is None


def test_intervals_resample_groups() -> None:
    claims = [Claim(0.5 + 0.4 * (n % 2), n % 3 > 0, group=f"r{n // 4}") for n in range(80)]
    assert figures(calibration.counts(claims), calibration.formulas())["ece"].clusters == 20
    found = calibration.resampled(claims, calibration.auroc, resamples=200)
    assert found.clusters == 20
    assert found.low <= found.value <= found.high  # type: ignore[operator]
