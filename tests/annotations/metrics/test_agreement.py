"""Agreement: hand computations, other libraries as second opinions, and a published sample."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Sequence

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from annotations.metrics import agreement
from annotations.metrics.agreement import Unit
from annotations.metrics.bootstrap import figures
from tests.samples import sample

CATEGORIES = ("correct", "neutral", "incorrect")
RATING = st.sampled_from([*CATEGORIES, None])
UNITS = st.lists(st.lists(RATING, min_size=4, max_size=4), min_size=2, max_size=12)


def coefficients(units: Sequence[Sequence[str | None]], categories: Sequence[str] = CATEGORIES) -> dict[str, float]:
    table = agreement.table([Unit(unit) for unit in units], categories)
    return {name: float(formula(table.counts.sums())) for name, formula in table.formulas().items()}


def test_krippendorffs_own_example() -> None:
    """Krippendorff 2011, section C: twelve units, four raters, missing data; nominal 0.743, ordinal 0.815."""
    by_rater = [
        "1 2 3 3 2 1 4 1 2 * * *",
        "1 2 3 3 2 2 4 1 2 5 * 3",
        "* 3 3 3 2 3 4 2 2 5 1 *",
        "1 2 3 3 2 4 4 1 2 5 1 *",
    ]
    units = [
        [None if rating == "*" else rating for rating in unit] for unit in zip(*map(str.split, by_rater), strict=True)
    ]
    found = coefficients(units, categories="12345")
    assert found["alpha"] == pytest.approx(0.743, abs=0.0005)
    assert found["alpha_ordinal"] == pytest.approx(0.815, abs=0.0005)


@given(UNITS)
def test_alpha_is_the_krippendorff_packages(units: list[list[str | None]]) -> None:
    assume(len({rating for unit in units for rating in unit if rating is not None}) > 1)
    assume(any(sum(rating is not None for rating in unit) > 1 for unit in units))
    held = {rating for unit in units if sum(one is not None for one in unit) > 1 for rating in unit} - {None}
    assume(len(held) > 1)
    codes = [[math.nan if rating is None else CATEGORIES.index(rating) for rating in unit] for unit in units]
    found = coefficients(units)
    for level, name in (("nominal", "alpha"), ("ordinal", "alpha_ordinal")):
        theirs = krippendorff.alpha(np.array(codes).T, level_of_measurement=level, value_domain=[0, 1, 2])
        assert found[name] == pytest.approx(theirs, abs=1e-9)


@given(st.lists(st.lists(st.sampled_from(CATEGORIES), min_size=3, max_size=3), min_size=2, max_size=12))
def test_fleiss_kappa_is_statsmodels(units: list[list[str]]) -> None:
    assume(len({rating for unit in units for rating in unit}) > 1)
    table = np.array([[unit.count(category) for category in CATEGORIES] for unit in units])
    assert coefficients(units)["fleiss_kappa"] == pytest.approx(statsmodels_fleiss(table), abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from(CATEGORIES), st.sampled_from(CATEGORIES)), min_size=2, max_size=20))
def test_cohens_kappa_is_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    assume(len({rating for pair in pairs for rating in pair}) > 1)
    one, other = zip(*pairs, strict=True)
    counts = agreement.cohen_table([(*pair, "") for pair in pairs], CATEGORIES)
    ours = float(agreement.cohen_kappa(CATEGORIES)(counts.sums()))
    assert ours == pytest.approx(cohen_kappa_score(one, other, labels=list(CATEGORIES)), abs=1e-9)


def test_gwets_ac1_by_hand_where_kappa_breaks_down() -> None:
    """Nine of ten pairs say "correct" twice, one disagrees: raw 0.9; π = 0.95, 0.05; chance 2·0.95·0.05 = 0.095."""
    found = coefficients([["correct", "correct"]] * 9 + [["correct", "incorrect"]], ("correct", "incorrect"))
    assert found["raw"] == pytest.approx(0.9)
    assert found["gwet_ac1"] == pytest.approx((0.9 - 0.095) / (1 - 0.095))
    assert found["fleiss_kappa"] < 0


@given(UNITS, st.randoms(use_true_random=False))
def test_neither_the_order_of_raters_nor_of_units_matters(units: list[list[str | None]], random: object) -> None:
    shuffled = [random.sample(unit, len(unit)) for unit in units]  # type: ignore[attr-defined]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert coefficients(shuffled) == pytest.approx(coefficients(units), nan_ok=True)


def test_full_agreement_is_one_and_one_category_alone_is_undefined() -> None:
    assert coefficients([["correct"] * 2, ["incorrect"] * 2])["alpha"] == 1
    assert math.isnan(coefficients([["correct"] * 2] * 3)["alpha"])
    assert coefficients([["correct"] * 2] * 3)["raw"] == 1


def test_a_single_rating_pairs_nothing() -> None:
    pairs = [["correct", "incorrect"], ["correct", "correct"]]
    assert coefficients([*pairs, ["incorrect", None]]) == pytest.approx(coefficients(pairs))


def test_an_unknown_category_is_named() -> None:
    with pytest.raises(ValueError, match="found maybe"):
        coefficients([["correct", "maybe"]])


def test_steps_of_one_response_are_resampled_together() -> None:
    units = [Unit(["correct", "correct"] if n % 3 else ["correct", "incorrect"], group=f"r{n // 5}") for n in range(50)]
    table = agreement.table(units, CATEGORIES)
    found = figures(table.counts, {"raw": agreement.raw_agreement})["raw"]
    assert found.clusters == 10


def test_the_votes_on_spatial_relations_have_the_alpha_computed_elsewhere() -> None:
    """VSR's sample: 300 captions; nominal alpha 0.6624 (FORMATS.md).

    A person counts once a caption: some stand twice in a list, or in both; then "false" holds, as it did there.
    """
    units = []
    for line in sample("vsr_votes/sample.jsonl").read_text().splitlines():
        record = json.loads(line)
        votes = {
            person: rating for rating in ("true", "false") for person in _people(record[f"vote_{rating}_validator_id"])
        }
        units.append(list(votes.values()))
    assert coefficients(units, ("true", "false"))["alpha"] == pytest.approx(0.6624, abs=0.00005)


def _people(held: list[int] | str) -> list[int]:
    """Lists, in some rows as their Python text."""
    return ast.literal_eval(held) if isinstance(held, str) else held
