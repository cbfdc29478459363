"""VISCO's scores against hand computations, its identities, and what its own scorer leaves to accident."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.metrics import visco
from annotations.metrics.baselines import ANSWERS, STEPS
from annotations.metrics.bootstrap import Counts
from annotations.metrics.visco import Pair
from tests.annotations.metrics.builders import critique


def scores(*pairs: Pair, as_released: bool = False) -> dict[str, float]:
    sums = visco.counts(pairs, as_released=as_released).sums()
    return {name: float(formula(sums)) for name, formula in visco.formulas(as_released=as_released).items()}


def pair(reference: str, predicted: str, *, answers: str = "--", **more: Any) -> Pair:
    return Pair(
        reference=critique(reference, answer=answers[0]), predicted=critique(predicted, answer=answers[1]), **more
    )


def test_a_hand_computed_case() -> None:
    """Steps: wrong 1.2, 1.3, 2.1; flagged 1.2, 2.2; hit 1.2: F1 = 2·1/(2+3). Answers: wrong 1, flagged both: 2·1/(2+1).

    The one hit's explanation was accepted by two of three references: Ex F1 = 2·⅔/(2+3).
    """
    found = scores(
        pair("cii", "cic", answers="ii", rulings={2: (True, True, False)}),
        pair("ic", "ci", answers="ci"),
    )
    assert found["step_f1"] == pytest.approx(2 / 5)
    assert found["answer_f1"] == pytest.approx(2 / 3)
    assert found["explanation_f1"] == pytest.approx(2 * (2 / 3) / 5)
    assert found["viscore"] == pytest.approx(math.cbrt(2 / 3 * 2 / 5 * (4 / 3) / 5))
    assert found["flag_rate"] == pytest.approx((2 + 2) / (2 + 5))
    assert found["reference_rate"] == pytest.approx((1 + 3) / (2 + 5))


def test_an_unparsed_judgment_costs_recall_and_an_abstained_one_leaves_the_score() -> None:
    parsed, unparsed, abstained = (scores(pair("ii", calls)) for calls in ("ii", "i?", "ia"))
    assert (parsed["step_recall"], unparsed["step_recall"], abstained["step_recall"]) == (1, 0.5, 1)
    assert (unparsed["step_coverage"], abstained["step_coverage"]) == (1, 0.5)


def test_steps_without_a_reference_label_leave_the_score() -> None:
    assert scores(pair("i--", "iii"))["step_precision"] == 1
    assert scores(pair("iuu", "iii"))["step_precision"] == 1


def test_nothing_to_find_is_none_and_nothing_found_is_zero() -> None:
    assert math.isnan(scores(pair("cc", "cc"))["step_f1"])
    found = scores(pair("ic", "cc"))
    assert (found["step_f1"], found["explanation_f1"]) == (0, 0)


def test_explanations_that_nobody_ruled_on_are_not_counted_as_accepted() -> None:
    found = scores(pair("iii", "iii", rulings={1: (True, True, True), 2: (None, None, None)}))
    assert found["explanation_f1"] == 1  # of those ruled on
    assert found["ruling_coverage"] == pytest.approx(1 / 3)
    assert math.isnan(scores(pair("i", "i"))["explanation_f1"])


def test_as_released_counts_what_the_judge_failed_to_rule_on_as_accepted() -> None:
    unruled = pair("ii", "ii", answers="ii", rulings={1: (None, None, None), 2: (False, False, False)})
    assert scores(unruled)["explanation_f1"] == 0
    assert scores(unruled, as_released=True)["explanation_f1"] == 0.5
    nothing = pair("cc", "cc", answers="ii")
    assert scores(nothing, as_released=True)["step_f1"] == 0
    assert scores(pair("ii", "ia"), as_released=True)["step_recall"] == 0.5


LETTERS = st.text("ciu-?a", min_size=1, max_size=6)


@st.composite
def pairs(draw: st.DrawFn) -> list[Pair]:
    made = []
    for _ in range(draw(st.integers(1, 5))):
        reference = draw(LETTERS)
        predicted = draw(st.text("ciu-?a", min_size=len(reference), max_size=len(reference)))
        rulings = {
            step: draw(st.tuples(*[st.sampled_from([True, False, None])] * 3)) for step in range(1, len(reference) + 1)
        }
        made.append(pair(reference, predicted, answers=draw(st.text("ci?", min_size=2, max_size=2)), rulings=rulings))
    return made


@given(pairs())
def test_explanations_never_score_above_steps_and_f1_lies_between_0_and_1(made: list[Pair]) -> None:
    found = scores(*made)
    for name in ("answer_f1", "step_f1", "explanation_f1", "viscore"):
        assert math.isnan(found[name]) or 0 <= found[name] <= 1 + 1e-9
    if not math.isnan(found["explanation_f1"]):
        assert found["explanation_f1"] <= found["step_f1"] + 1e-9


@given(pairs())
def test_the_order_of_pairs_does_not_matter(made: list[Pair]) -> None:
    assert scores(*made) == pytest.approx(scores(*reversed(made)), nan_ok=True)


def published_counts() -> Counts:
    """VISCO's class counts (METHODS.md 1.2): one row, as only sums matter."""
    held = dict.fromkeys(visco.COLUMNS, 0.0)
    held |= {"answers": 1645, "answers_given": 1645, "answers_wrong": 502}
    held |= {"steps": 5604, "steps_given": 5604, "steps_wrong": 1346}
    held |= {"steps_of_wrong": 1713, "wrong_steps_of_wrong": 1046}
    return Counts.of(visco.COLUMNS, [list(held.values())])


@pytest.mark.parametrize(
    ("table", "name", "published"),
    [
        (ANSWERS, "fair coin", 37.9), (STEPS, "fair coin", 32.4),
        (ANSWERS, "flag everything", 46.8), (STEPS, "flag everything", 38.7),
        (STEPS, "every step of a wrong answer's chain (needs gold)", 68.4),
        (ANSWERS, "coin at the reference rate", 30.5), (STEPS, "coin at the reference rate", 24.0),
        (ANSWERS, "flag nothing", 0.0), (STEPS, "flag nothing", 0.0),
    ],
)  # fmt: skip
def test_the_trivial_baselines_on_viscos_class_counts(table: Any, name: str, published: float) -> None:
    assert round(100 * float(table[name](published_counts().sums())), 1) == published


def test_a_baseline_is_what_its_critic_scores() -> None:
    references = ["cii", "ic", "ccc"]
    everything = [pair(reference, "i" * len(reference)) for reference in references]
    assert scores(*everything)["step_f1"] == pytest.approx(
        float(STEPS["flag everything"](visco.counts(everything).sums()))
    )
