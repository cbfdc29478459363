"""Dawid–Skene recovers who is reliable and what was true, and leaves the majority behind where raters differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.metrics.dawid_skene import Fit, Rating, fit, majority

CATEGORIES = ("correct", "incorrect")


def simulated(
    reliabilities: list[float], *, units: int = 600, wrong: float = 0.3, raters_a_unit: int = 3, seed: int = 0
) -> tuple[list[Rating], dict[str, str]]:
    """Each unit is rated by some of the raters, who call it what it is with their own probability."""
    random = np.random.default_rng(seed)
    truth = {f"u{n}": CATEGORIES[int(random.random() < wrong)] for n in range(units)}
    ratings = []
    for unit, true in truth.items():
        for rater in random.choice(len(reliabilities), raters_a_unit, replace=False):
            right = random.random() < reliabilities[rater]
            said = true if right else CATEGORIES[1 - CATEGORIES.index(true)]
            ratings.append(Rating(unit, f"r{rater}", said))
    return ratings, truth


def accuracy(said: dict[str, str | None], truth: dict[str, str]) -> float:
    return float(np.mean([said.get(unit) == true for unit, true in truth.items()]))


def proposed(fitted: Fit) -> dict[str, str | None]:
    return {unit: proposal.category for unit, proposal in fitted.proposals().items()}


KNOWN = [0.95, 0.9, 0.85, 0.7, 0.6, 0.55, 0.55, 0.52]


@pytest.mark.parametrize("seed", range(5))
def test_known_reliabilities_are_recovered(seed: int) -> None:
    ratings, _ = simulated(KNOWN, units=2000, seed=seed)
    told = fit(ratings, CATEGORIES).reliability()
    found = [told[f"r{n}"] for n in range(len(KNOWN))]
    assert np.abs(np.array(found) - KNOWN).max() < 0.08  # 750 ratings each: ± 0.04, and what is not known of the truth
    assert np.corrcoef(found, KNOWN)[0, 1] > 0.97


def test_it_is_right_more_often_than_the_majority_where_raters_differ() -> None:
    gains = []
    for seed in range(5):
        ratings, truth = simulated(KNOWN, units=1000, seed=seed)
        gains.append(accuracy(proposed(fit(ratings, CATEGORIES)), truth) - accuracy(majority(ratings), truth))
    assert min(gains) > 0.02


def test_its_confidence_is_honest() -> None:
    ratings, truth = simulated(KNOWN, units=4000, seed=1)
    proposals = fit(ratings, CATEGORIES).proposals()
    held = [(each.confidence, each.category == truth[unit]) for unit, each in proposals.items()]
    for low, high in ((0.5, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 1.01)):
        within = [(confidence, right) for confidence, right in held if low <= confidence < high]
        confidence, right = np.mean(within, axis=0)
        assert abs(confidence - right) < 0.08, (low, high, len(within))


def test_two_that_agree_outvote_none_by_hand() -> None:
    """With one unit and two agreeing raters nothing but the prior speaks: both matrices lean to the diagonal."""
    told = fit([Rating("u", "a", "incorrect"), Rating("u", "b", "incorrect")], CATEGORIES).proposals()["u"]
    assert told.category == "incorrect"
    assert 0.5 < told.confidence < 1
    assert told.ratings == 2


def test_one_who_rated_once_is_not_found_infallible() -> None:
    ratings, _ = simulated([0.8, 0.8, 0.8], units=200)
    told = fit([*ratings, Rating("u0", "newcomer", ratings[0].category)], CATEGORIES).reliability()
    assert told["newcomer"] < 0.95


def test_nothing_rated_is_an_empty_fit() -> None:
    assert fit([], CATEGORIES).proposals() == {}
    assert majority([]) == {}


def test_a_tie_has_no_majority() -> None:
    assert majority([Rating("u", "a", "correct"), Rating("u", "b", "incorrect")]) == {"u": None}


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="found perhaps"):
        fit([Rating("u", "a", "perhaps")], CATEGORIES)
    with pytest.raises(ValueError, match="several by a of u"):
        fit([Rating("u", "a", "correct"), Rating("u", "a", "incorrect")], CATEGORIES)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("uvwx"), st.sampled_from("abc")), st.sampled_from(CATEGORIES), min_size=1
    ),
    st.randoms(use_true_random=False),
)
def test_order_does_not_matter_and_posteriors_sum_to_one(said: dict[tuple[str, str], str], random: object) -> None:
    ratings = [Rating(unit, rater, category) for (unit, rater), category in said.items()]
    one = fit(ratings, CATEGORIES)
    random.shuffle(ratings)  # type: ignore[attr-defined]
    other = fit(ratings, CATEGORIES)
    assert np.allclose(one.posterior, other.posterior)
    assert np.allclose(one.posterior.sum(axis=1), 1)
    assert np.allclose(one.confusion.sum(axis=2), 1)
