"""Scores on items whose truth is known, and how far their intervals hold."""

from __future__ import annotations

import numpy as np
import pytest

from annotations.metrics.gold import Score, rolling, score, share, wilson
from tests.annotations.metrics.builders import critique


@pytest.mark.parametrize(
    ("known", "said", "expected"),
    [
        ("cci", "cci", (True, True)),
        ("cci", "cic", (False, False)),
        ("ccc", "ccc", (True, True)),
        ("ci-", "cii", (True, True)),  # what nobody labelled after the error counts for nobody
        ("cii", "ci-", (True, True)),
        ("cci", "cc-", (False, False)),
        ("-ci", "cci", (True, None)),  # an unlabelled step before it: the first error is not certain
    ],
)
def test_verdicts_and_first_error(known: str, said: str, expected: tuple[bool, bool | None]) -> None:
    found = score(critique(said), critique(known))
    assert (found.verdicts, found.first_error) == expected


def test_the_type_counts_where_the_reference_names_one_and_the_step_was_flagged() -> None:
    known = critique("ci", types={2: ("reasoning/arithmetic",)})
    assert score(critique("ci", types={2: ("reasoning/arithmetic",)}), known).type is True
    assert score(critique("ci", types={2: ("perception/count",)}), known).type is False
    assert score(critique("cc", types={2: ("reasoning/arithmetic",)}), known).type is False
    assert score(critique("ci"), critique("ci")).type is None


def test_the_estimate_is_of_the_last_ones_and_says_of_how_many() -> None:
    scores = [Score(False, False, None)] * 10 + [Score(True, True, None)] * 4
    told = rolling(scores, window=8)["first_error"]
    assert (told.value, told.clusters) == (0.5, 8)
    assert (told.low, told.high) == pytest.approx(wilson(4, 8))
    assert rolling(scores, window=8)["type"].value is None
    assert share([]).value is None


def test_wilson_is_the_published_interval_and_stays_in_bounds() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # as statsmodels and R's prop.test tell it
    assert wilson(0, 5)[0] == 0
    assert wilson(5, 5)[1] == 1


@pytest.mark.parametrize("reliability", [0.55, 0.7, 0.85, 0.95])
def test_the_estimate_recovers_a_known_reliability_and_its_interval_holds(reliability: float) -> None:
    """4000 people of this reliability with 20 gold items each: no bias, and coverage near 95 %."""
    hits = np.random.default_rng(11).binomial(20, reliability, size=4000)
    assert abs(hits.mean() / 20 - reliability) < 4 * np.sqrt(reliability * (1 - reliability) / 20 / 4000)
    covered = np.mean([low <= reliability <= high for low, high in (wilson(int(hit), 20) for hit in hits)])
    assert 0.91 < covered < 0.99
