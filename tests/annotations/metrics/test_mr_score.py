"""MR-Score by hand, and computed from MR-GSM8K's graded critiques."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import matthews_corrcoef

from annotations.metrics import mr_score
from annotations.metrics.mr_score import Graded
from tests.samples import sample


def scores(graded: list[Graded]) -> dict[str, float]:
    sums = mr_score.counts(graded).sums()
    return {name: float(formula(sums)) for name, formula in mr_score.FORMULAS.items()}


def test_a_hand_computed_case() -> None:
    """tp 1, tn 2, fp 1, fn 0: MCC = (2 − 0)/√(2·1·3·2) = 0.5774; steps 2/3, reasons 1/3."""
    found = scores([
        Graded(True, True), Graded(False, True),
        Graded(False, False, step_right=True, reason_right=True), Graded(False, False, step_right=True),
    ])  # fmt: skip
    assert found["mcc"] == pytest.approx(2 / 12**0.5)
    assert found["mr_score"] == pytest.approx(0.2 * 2 / 12**0.5 + 0.3 * 2 / 3 + 0.5 / 3)


def test_a_step_named_by_chance_in_a_solution_called_correct_is_no_hit() -> None:
    assert scores([Graded(False, True, step_right=True, reason_right=True)])["step_accuracy"] == 0


def test_no_verdict_is_the_wrong_one() -> None:
    found = scores([Graded(True, None), Graded(False, None), Graded(True, True), Graded(False, False)])
    assert found["mcc"] == 0


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=20))
def test_mcc_is_scikit_learns(calls: list[tuple[bool, bool]]) -> None:
    assume(len({correct for correct, _ in calls}) == 2)
    theirs = matthews_corrcoef(*zip(*calls, strict=True))
    assert scores([Graded(*call) for call in calls])["mcc"] == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("file", "output"),
    [
        ("claude2_critiques_graded.jsonl", "claude2_eval_output"),
        ("metamath70b_critiques_graded.jsonl", "metamath_70B_eval_output"),
    ],
)
def test_mr_gsm8ks_score_of_graded_critiques(file: str, output: str) -> None:
    """The samples hold wrong solutions only, so that MCC is 0 and the accuracies are plain counts."""
    records = [json.loads(line) for line in sample(f"mr_gsm8k/{file}").read_text().splitlines()]
    graded = [_graded(record, output) for record in records]
    found = scores(graded)
    assert not any(one.correct for one in graded)
    assert found["mcc"] == 0
    hits = [one for one in graded if one.called_correct is False and one.step_right]
    assert found["step_accuracy"] == pytest.approx(len(hits) / len(graded))
    assert found["reason_accuracy"] == pytest.approx(sum(one.reason_right for one in hits) / len(graded))
    assert found["mr_score"] == pytest.approx(0.3 * found["step_accuracy"] + 0.5 * found["reason_accuracy"])


def _graded(record: dict[str, object], output: str) -> Graded:
    said = record[output]
    assert isinstance(said, dict)
    named = re.search(r"\d+", str(said.get("error_step_pred", "")))
    return Graded(
        correct=record["model_output_solution_correctness"] == "correct",
        called_correct={"correct": True, "wrong": False, "incorrect": False}[said["correctness_pred"].lower()],
        step_right=named is not None and int(named[0]) == record["model_output_solution_first_error_step"],
        reason_right=str(record["error_reason_correctness"]).strip().lower() == "correct",
    )
